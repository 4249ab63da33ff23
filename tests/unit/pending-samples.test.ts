import { expect, test } from 'vitest';
import type { ArrayParameter, Database, Statement } from '../../functions/database/database.ts';
import { PendingSamples } from '../../functions/health/pending-samples.ts';
import type { NewSample } from '../../functions/health/sql/samples.ts';
import { sampleOf } from '../support/health.ts';

const OPTIONS = { deadline: Date.now() + 1000, idempotent: false };

const sampleAt = (takenAt: string, utilizationPercent: number | null = null): NewSample => {
  const sample = sampleOf();
  return {
    takenAt,
    status: 'critical',
    alerts: [],
    sample: { ...sample, pool: { ...sample.pool, utilizationPercent } },
    counters: null,
  };
};

/** A database that keeps what is stored in it, or refuses. */
function databaseThat(takes: boolean) {
  const stored: unknown[] = [];
  const run = async ({ values: [takenAt] }: Statement) => {
    if (!takes) throw new Error('unavailable');
    stored.push(...((takenAt as ArrayParameter).values as readonly string[]));
    return [];
  };
  return { stored, database: { run } as unknown as Database };
}

test('samples of an outage are stored with the first good one, oldest first', async () => {
  const pending = new PendingSamples();
  const refusing = databaseThat(false);
  await pending.store(null, sampleAt('1'), OPTIONS);
  await expect(pending.store(refusing.database, sampleAt('2'), OPTIONS)).rejects.toThrow('unavailable');
  const { stored, database } = databaseThat(true);
  await pending.store(database, sampleAt('3'), OPTIONS);
  expect(stored).toEqual(['1', '2', '3']);
  await pending.store(database, sampleAt('4'), OPTIONS);
  expect(stored).toEqual(['1', '2', '3', '4']);
});

test('the newest hour of an outage is kept', async () => {
  const pending = new PendingSamples();
  for (let nth = 1; nth <= 200; nth++) await pending.store(null, sampleAt(String(nth)), OPTIONS);
  const { stored, database } = databaseThat(true);
  await pending.store(database, sampleAt('201'), OPTIONS);
  expect(stored).toHaveLength(120);
  expect([stored[0], stored.at(-1)]).toEqual(['82', '201']);
});

test('the last known utilization stays known during an outage', async () => {
  const pending = new PendingSamples();
  await pending.store(null, sampleAt('1', 88), OPTIONS);
  await pending.store(null, sampleAt('2'), OPTIONS);
  expect(pending.lastUtilizationPercent).toBe(88);
});
