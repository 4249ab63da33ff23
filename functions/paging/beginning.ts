import { clock } from './clock-time.ts';
import type { PageFacts } from './page-facts.ts';
import type { AlarmTransition } from './read-notice.ts';

/** When an incident began, as far as its alarms show. */
export interface Beginning {
  /** The time in the headline. */
  readonly since: Date;
  /** What that time means, for a reader who compares it with logs. */
  readonly text: string;
}

/**
 * The longest period whose start is taken for the beginning of the fault. CloudWatch evaluates a five-minute period over a
 * sliding window, which may start up to five minutes before the fault. Seconds.
 */
const MAX_EXACT_PERIOD_SECONDS = 60;

/**
 * When the earliest of the alarms began. This is the start of its first bad period if periods are at most one minute long.
 * Otherwise it is the time at which its state changed.
 * @param changes state changes of the alarms that a page is about; at least one
 */
export function beginningOf(changes: readonly AlarmTransition[], facts: PageFacts, now: Date): Beginning {
  const [first] = changes
    .map((change) => one(change, facts, now))
    .toSorted((a, b) => Number(a.since) - Number(b.since));
  if (first === undefined) throw new Error('a page is about at least one alarm');
  return first;
}

function one({ alarm, at, firstBad }: AlarmTransition, { alarms }: PageFacts, now: Date): Beginning {
  const periodSeconds = alarms[alarm]?.periodSeconds;
  const entered = `in ALARM since ${clock(at, now)}`;
  if (firstBad === undefined || periodSeconds === undefined) return { since: at, text: entered };
  const period = `the first bad period is the ${periodSeconds} s from ${clock(firstBad, now)} on`;
  return periodSeconds <= MAX_EXACT_PERIOD_SECONDS
    ? { since: firstBad, text: `${period}; ${entered}` }
    : { since: at, text: `${entered}; ${period}` };
}
