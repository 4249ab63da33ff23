import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Route } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';
import type { FuzzedRequest } from '../fuzz/generate-request.ts';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import { Tally } from '../fuzz/tally.ts';
import { withClient } from '../support/postgres.ts';
import { newRule, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/**
 * Sends thousands of nearly valid requests through the local gateway to every function. Bad input never gets a 5xx and never
 * changes a row. `npm run fuzz -- --runs N --seed S` sends more.
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

test('no parameter of any route passes to the database what Postgres cannot store', async () => {
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

test('a row that no response has named, and a deletion without an operation, are found', async () => {
  const [live] = await store(service, [tick()]);
  const tally = await Tally.of(service);
  expect(await tally.differences()).toEqual([]);
  // bypasses the triggers and the foreign keys, which no client and no function can do
  const force = (text: string) =>
    withClient(service.database.superuserUrl, async (client) => {
      await client.query("set session_replication_role = 'replica'");
      await client.query(text);
    });
  const columns = '"timestamp", instrument_id, price';
  await force(
    `insert into tick_store.market_data (id, ${columns}) select -id, ${columns} from tick_store.market_data where id = ${live}`,
  );
  await force(`update tick_store.market_data set deleted_at = now(), deleted_by = 1 where id = ${live}`);
  try {
    const found = (await tally.differences()).join('\n');
    expect(found).toMatch(/rows are stored, and the receipts say/);
    expect(found).toMatch(/rows whose state does not follow from their operations/);
  } finally {
    await force('delete from tick_store.market_data where id < 0');
    await force(`update tick_store.market_data set deleted_at = null, deleted_by = null where id = ${live}`);
  }
  await tally.differences();
  expect(await tally.differences()).toEqual([]);
});

test('reference data that changed without a response, and a change that was reverted, are found', async () => {
  const tally = await Tally.of(service);
  const decimals = (value: number) =>
    service.sql(`update tick_store.instruments set price_decimals = $1 where symbol = 'NQ'`, [value]);
  const path = '/v1/instruments/NQ';
  const request = { method: 'PATCH', path, query: [], headers: [], body: Buffer.alloc(0) } as FuzzedRequest;
  const { status, text } = await service.patch(path, { priceDecimals: 3 });
  tally.add(request, { statuses: [status], text: `\r\n\r\n${text}`, ms: 1 });
  expect(await tally.differences()).toEqual([]);
  await decimals(5);
  expect((await tally.differences()).join('\n')).toMatch(/instruments NQ is in a state that no response has shown.*5/);
  await decimals(6);
  await decimals(5);
  expect(await tally.differences()).toEqual([expect.stringMatching(/responses stand for \d+ at most/)]);
  expect(await tally.differences()).toEqual([]);
});

test('no request gets a 5xx, and the stored rows are those of the receipts', {
  timeout: 60_000 + RUNS * 50,
}, async () => {
  await runFuzz(service, { runs: isLong ? 2_000 : 0, seed: SEED - 1 });
  const before = heapMb();
  const { statuses, faults, slowestMs } = await runFuzz(service, {
    ...{ runs: RUNS, seed: SEED, passwords: passwords() },
    onProgress: (sent, by) => process.stdout.write(`${sent} requests: ${JSON.stringify(by)}\n`),
  });
  expect({ seed: SEED, faults }).toEqual({ seed: SEED, faults: [] });
  // every kind of status occurred, so the requests got past the first check
  for (const status of [200, 400, 404, 405, 415, 422]) expect([status, statuses[status] ?? 0]).not.toEqual([status, 0]);
  expect(slowestMs).toBeLessThan(10_000);
  if (!isLong) return;
  const grownMb = Math.round(heapMb() - before);
  process.stdout.write(`${JSON.stringify({ seed: SEED, statuses, slowestMs: Math.round(slowestMs), grownMb })}\n`);
  expect(grownMb).toBeLessThan(50);
});

const passwords = () =>
  Object.values(inject('postgres'))
    .map((url) => decodeURIComponent(new URL(url).password))
    .filter((password) => password !== '');

/** Heap in use after a garbage collection. The memory that the process holds from the system says little. */
function heapMb(): number {
  if (!isLong) return 0;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
