/** The longest time of one sample: 10 s, plus the time to store it and return. */
const SAMPLE_MS = 12_000;
const SCHEDULE_MS = 60_000;

/**
 * The number of samples per invocation: as many as fit between two runs of the schedule, or one for other callers.
 * `{"samples": n}` sets it explicitly.
 * @param remainingMs the function's remaining time, which limits it
 */
export function samplesPerRun(event: unknown, intervalMs: number, remainingMs: number): number {
  const { samples, source } = (event ?? {}) as { samples?: unknown; source?: unknown };
  const wanted =
    typeof samples === 'number' ? samples : source === 'aws.scheduler' ? Math.round(SCHEDULE_MS / intervalMs) : 1;
  const fitting = 1 + Math.floor((remainingMs - SAMPLE_MS) / intervalMs);
  return Math.max(1, Math.min(wanted, fitting));
}
