/** A sample and what follows it at its slowest: 10 s, and some to store it and answer. */
const SAMPLE_MS = 12_000;
const SCHEDULE_MS = 60_000;

/**
 * How many samples an invocation takes: what fits between two runs of the schedule, or one for anybody else who asks.
 * `{"samples": n}` says it outright.
 * @param remainingMs of the function's time, which bounds it
 */
export function samplesPerRun(event: unknown, intervalMs: number, remainingMs: number): number {
  const { samples, source } = (event ?? {}) as { samples?: unknown; source?: unknown };
  const wanted =
    typeof samples === 'number' ? samples : source === 'aws.scheduler' ? Math.round(SCHEDULE_MS / intervalMs) : 1;
  const fitting = 1 + Math.floor((remainingMs - SAMPLE_MS) / intervalMs);
  return Math.max(1, Math.min(wanted, fitting));
}
