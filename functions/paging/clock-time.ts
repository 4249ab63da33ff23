const DAY_MS = 86_400_000;

/** A time as a page shows it: `03:12:04Z` for today, `26 Nov 03:12Z` for another day. */
export function clock(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  const isToday = day === now.toISOString().slice(0, 10) || Math.abs(Number(now) - Number(at)) < DAY_MS / 2;
  if (isToday) return `${time.slice(0, 8)}Z`;
  // `Thu, 26 Nov 2026 03:12:04 GMT`
  return `${at.toUTCString().slice(5, 11)} ${time.slice(0, 5)}Z`;
}
