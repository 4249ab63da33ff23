import { afterEach, expect, test, vi } from 'vitest';
import { nextDaily, runDaily } from '../../lib/local/daily.ts';

afterEach(() => void vi.useRealTimers());

test.each([
  ['2026-01-31T01:59:59Z', '2026-01-31T02:00:00.000Z'],
  ['2026-01-31T02:00:00Z', '2026-02-01T02:00:00.000Z'],
  ['2026-12-31T23:00:00Z', '2027-01-01T02:00:00.000Z'],
])('after %s the next 02:00 is %s', (now, next) => {
  expect(nextDaily(2, new Date(now)).toISOString()).toBe(next);
});

test('a daily job runs once a day, and once after a day that was slept through', async () => {
  vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z') });
  const job = vi.fn(async () => undefined);
  const end = runDaily(2, job);
  await vi.advanceTimersByTimeAsync(13 * 3_600_000);
  expect(job).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(2 * 3_600_000);
  expect(job).toHaveBeenCalledTimes(1);
  vi.setSystemTime(new Date('2026-03-05T09:00:00Z'));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(job).toHaveBeenCalledTimes(2);
  end();
  await vi.advanceTimersByTimeAsync(48 * 3_600_000);
  expect(job).toHaveBeenCalledTimes(2);
});
