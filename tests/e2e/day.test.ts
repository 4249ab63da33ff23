import { expect, test } from 'vitest';
import { describeDays } from '../day/describe-days.ts';
import { addedPerDay, findGrowth } from '../day/find-growth.ts';
import { runDays } from '../day/run-days.ts';

/** The short form of `npm run day`: what one day leaves behind is gone two days later, and each day ends at the same size. */

const SEED = Number(process.env['DAY_SEED'] ?? 1);

test('several trading days leave no more behind than one day, except operations', async () => {
  const days = await runDays({ days: 4, minutes: 6, seed: SEED });
  expect(findGrowth(days), `seed ${SEED}\n${describeDays(days)}`).toEqual([]);
  // each day traded, was archived, and was let go
  const rows = (name: string) => days.at(-1)?.store.tables.find((table) => table.name === name)?.rows ?? 0;
  expect(rows('archived market_data')).toBeGreaterThan(1_000);
  expect(rows('archived alert_logs')).toBeGreaterThan(0);
  expect(rows('market_data')).toBe(0);
  expect(rows('day_bars')).toBeGreaterThan(0);
  expect(rows('health_samples')).toBe(1_000);
  // and what is kept for ever grows by what a day does
  const added = addedPerDay(days, 'operations');
  expect(added[0]).toBeGreaterThan(0);
  expect(new Set(added).size).toBe(1);
}, 600_000);
