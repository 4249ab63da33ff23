const CHECK_MS = 30_000;

/** The next moment after `now` at which it is this hour in UTC. */
export function nextDaily(hourUtc: number, now: Date): Date {
  const next = new Date(now);
  next.setUTCHours(hourUtc, 0, 0, 0);
  if (next <= now) next.setUTCDate(next.getUTCDate() + 1);
  return next;
}

/**
 * Runs a job once a day at an hour in UTC, within half a minute. It looks at the clock instead of setting one long timer,
 * which stands still while a laptop sleeps; what was missed meanwhile runs once.
 * @returns how to end it
 */
export function runDaily(hourUtc: number, job: () => Promise<void>): () => void {
  let due = nextDaily(hourUtc, new Date());
  const timer = setInterval(() => {
    if (Date.now() < due.getTime()) return;
    due = nextDaily(hourUtc, new Date());
    void job();
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
