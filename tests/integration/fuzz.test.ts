import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import { newRule, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/**
 * Requests that are nearly right, by the thousand, through the local gateway into every function: bad input never gets a 5xx
 * and never changes a row. `npm run fuzz -- --runs N --seed S` sends more of them.
 */

const isLong = process.env['FUZZ_RUNS'] !== undefined;
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await newRule(service, 'ES', 'fuzzed rule');
  const ids = await store(service, [tick({ sequence: 1 }), tick({ sequence: 2 })]);
  await remove(service, { ids: ids.slice(0, 1) });
});
afterAll(() => service.stop());

const parameters = Object.values(routes as Record<string, Route>).flatMap(({ method, path, query }) =>
  Object.keys((query as { shape?: object }).shape ?? {}).map((name) => [method, path, name] as const),
);

test('no parameter of any route takes to the database what Postgres cannot store', async () => {
  expect(parameters.length).toBeGreaterThan(50);
  for (const [method, path, name] of parameters) {
    for (const value of ['a\0b', '\u{1f600}', '\ufffe']) {
      const reply = await service.request(method, path.replace(/\{\w+\}/g, '1'), method === 'GET' ? undefined : '{}', {
        query: { [name]: value },
      });
      expect([path, name, value, reply.status >= 500 && path !== '/v1/health']).toEqual([path, name, value, false]);
    }
  }
});

test('no request gets a 5xx, and rows are stored by the batches that say so', {
  timeout: 60_000 + RUNS * 50,
}, async () => {
  await runFuzz(service, { runs: isLong ? 2_000 : 0, seed: SEED - 1 });
  const before = heapMb();
  const { statuses, faults, slowestMs } = await runFuzz(service, {
    ...{ runs: RUNS, seed: SEED },
    onProgress: (sent, by) => process.stdout.write(`${sent} requests: ${JSON.stringify(by)}\n`),
  });
  expect({ seed: SEED, faults }).toEqual({ seed: SEED, faults: [] });
  // each kind of verdict came up, so the requests got past the first check
  for (const status of [200, 400, 404, 405, 415, 422]) expect([status, statuses[status] ?? 0]).not.toEqual([status, 0]);
  expect(slowestMs).toBeLessThan(10_000);
  if (!isLong) return;
  const grownMb = Math.round(heapMb() - before);
  process.stdout.write(`${JSON.stringify({ seed: SEED, statuses, slowestMs: Math.round(slowestMs), grownMb })}\n`);
  expect(grownMb).toBeLessThan(50);
});

/** What is in use after a collection; what the process has taken from the system says little. */
function heapMb(): number {
  if (!isLong) return 0;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
