import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import { newRule, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/**
 * Requests that are nearly right, by the thousand, through the local gateway into every function: bad input never gets a 5xx
 * and never changes a row. `npm run fuzz -- --runs N --seed S` sends more of them.
 */

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 4_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await newRule(service, 'ES', 'fuzzed rule');
  const ids = await store(service, [tick({ sequence: 1 }), tick({ sequence: 2 })]);
  await remove(service, { ids: ids.slice(0, 1) });
});
afterAll(() => service.stop());

test('no request gets a 5xx, and rows are stored by the batches that say so', {
  timeout: 60_000 + RUNS * 50,
}, async () => {
  const before = process.memoryUsage().rss;
  const { statuses, faults, slowestMs } = await runFuzz(service, { runs: RUNS, seed: SEED });
  expect({ seed: SEED, faults }).toEqual({ seed: SEED, faults: [] });
  // each kind of verdict came up, so the requests got past the first check
  for (const status of [200, 400, 404, 405, 409, 415, 422])
    expect([status, statuses[status] ?? 0]).not.toEqual([status, 0]);
  expect(slowestMs).toBeLessThan(10_000);
  if (process.env['FUZZ_RUNS'] === undefined) return;
  const grownMb = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
  process.stdout.write(`${JSON.stringify({ seed: SEED, statuses, slowestMs: Math.round(slowestMs), grownMb })}\n`);
});
