import { clock } from './clock-time.ts';
import type { PageFacts } from './page-facts.ts';
import type { AlarmTransition } from './read-notice.ts';

/** When an incident began, as far as its alarms show. */
export interface Beginning {
  /** For the headline. */
  readonly since: Date;
  /** Says what that time is, for a reader who compares it with logs. */
  readonly text: string;
}

/**
 * A longer period says too little about when it began: CloudWatch's five minutes slide, and may begin before the fault by all of
 * that. Seconds.
 */
const MOST_EXACT_SECONDS = 60;

/**
 * When the first of some alarms began: where its first bad period begins, if that is a minute or shorter, else when its state
 * changed.
 * @param changes of the alarms that a page is about; at least one
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
  return periodSeconds <= MOST_EXACT_SECONDS
    ? { since: firstBad, text: `${period}; ${entered}` }
    : { since: at, text: `${entered}; ${period}` };
}
