import { Cron } from 'croner';

/**
 * When a schedule is due next, strictly after a given time; null for never again. Epoch milliseconds.
 * @param startedAt when the schedule started, which is the first time that a rate is due
 */
export type NextDue = (after: number, startedAt: number) => number | null;

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Parses an expression of EventBridge Scheduler: `rate(1 minute)`, `cron(0 2 * * ? *)`, `at(2026-01-01T00:00:00)`.
 * @param timezone an IANA name such as `Etc/UTC`; a rate ignores it
 * @throws Error for any other expression
 */
export function readScheduleExpression(expression: string, timezone: string): NextDue {
  const [, kind, argument = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'rate') return rate(argument, expression);
  if (kind === 'cron') return cron(argument, expression, timezone);
  if (kind === 'at') {
    const at = new Cron(argument, { timezone, paused: true }).nextRun(new Date(0))?.getTime() ?? Number.NaN;
    return (after) => (at > after ? at : null);
  }
  throw new Error(`${expression} is not a Scheduler expression`);
}

function rate(argument: string, expression: string): NextDue {
  const [, value = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(argument) ?? [];
  const everyMs = Number(value) * (UNITS_MS[unit] ?? 0);
  if (!(everyMs > 0)) throw new Error(`${expression} is not a rate`);
  return (after, startedAt) =>
    after < startedAt ? startedAt : startedAt + (Math.floor((after - startedAt) / everyMs) + 1) * everyMs;
}

/** Six fields, from minutes to years. Days of the week are 1 (Sunday) to 7, whereas cron uses 0 to 6. */
function cron(argument: string, expression: string, timezone: string): NextDue {
  const fields = argument.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`${expression} must have six fields`);
  const [minute, hour, day, month, weekday = '*', year] = fields;
  const weekdays = weekday.replaceAll(/(?<![#\w])[1-7](?!\w)/g, (digit) => String(Number(digit) - 1));
  const pattern = `0 ${minute} ${hour} ${day} ${month} ${weekdays} ${year}`;
  const job = new Cron(pattern, { timezone, paused: true, domAndDow: true });
  return (after) => job.nextRun(new Date(after))?.getTime() ?? null;
}
