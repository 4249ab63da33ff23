import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Receipt } from '../../functions/contract/batches.ts';
import { waiting, whileHolding } from '../support/locks.ts';
import { outcomesOf, storedRows } from '../support/receipts.ts';
import { expand, newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, ticks } from '../support/ticks.ts';

let service: TestService;
let symbol: string;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

async function post(records: readonly object[], query = {}): Promise<Receipt> {
  const reply = await service.post('/v1/market-data', { records }, { query });
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  outcomesOf(reply.body);
  return reply.body;
}
const postAll = (batches: readonly (readonly object[])[], query = {}) =>
  Promise.all(batches.map((records) => post(records, query)));

/** Ticks with sequences 0 to count - 1. */
const series = (count: number, fields: TickInput = {}) =>
  ticks(count, { symbol, ...fields }).map((record, sequence) => ({ ...record, sequence }));

/** The same rows in a different order per seed. It has its own small generator, so that a run can be repeated. */
function shuffled<T>(rows: readonly T[], seed: number): T[] {
  const result = [...rows];
  let state = seed + 1;
  for (let i = result.length - 1; i > 0; i--) {
    state = (state * 48_271) % 2_147_483_647;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

async function expectNoDeadlock(): Promise<void> {
  const [state] = await service.sql('select deadlocks::int from pg_stat_database where datname = current_database()');
  expect(state).toEqual({ deadlocks: 0 });
}

test('batches at once never share ids, and every row is stored', async () => {
  symbol = await newInstrument(service);
  const sizes = Array.from({ length: 40 }, (_, index) => 1 + ((index * 37) % 150));
  const receipts = await postAll(
    sizes.map((size, index) =>
      index % 2 ? ticks(size, { symbol, bid: index }) : series(size, { symbol: 'NQ', bid: index }),
    ),
  );
  expect(new Set(receipts.map((receipt) => receipt.batchId)).size).toBe(40);
  for (const [index, receipt] of receipts.entries()) {
    const rows = await service.sql<{ id: number; bid: number; price: number }>(
      'select id::float8 as id, bid, price from tick_store.market_data where id / 65536 = $1 order by id',
      [receipt.batchId],
    );
    const own = expand(receipt.outcomes.inserted);
    if (index % 2) expect(receipt.inserted).toBe(sizes[index]);
    expect(rows).toEqual(own.map((i) => ({ id: receipt.firstId + i, bid: index, price: 4300 + i })));
  }
  const total = sizes.filter((_, index) => index % 2).reduce((sum, size) => sum + size, 0);
  expect(await storedRows(service, symbol, 'id')).toHaveLength(total);
});

describe('batches that share ticks, at once', () => {
  test.each([
    ['in the same order', (rows: TickInput[]) => rows],
    ['in opposite orders', (rows: TickInput[], index: number) => (index % 2 ? rows.toReversed() : rows)],
    ['in any order', (rows: TickInput[], index: number) => shuffled(rows, index)],
    ['in part', (rows: TickInput[], index: number) => shuffled(rows, index).slice(0, 120)],
  ])('%s, store each tick once, and their receipts add up to it', async (_, order) => {
    symbol = await newInstrument(service);
    const rows = series(200);
    const batches = Array.from({ length: 20 }, (_, index) => order(rows, index));
    const receipts = await postAll(batches, { batchSize: 20 });
    const wanted = new Set(batches.flat().map((row) => row['sequence']));
    const stored = await storedRows(service, symbol, 'sequence::int, id::float8 as id');
    expect(stored.map((row) => row['sequence'])).toEqual([...wanted].sort((a, b) => Number(a) - Number(b)));
    expect(receipts.reduce((sum, receipt) => sum + receipt.inserted, 0)).toBe(wanted.size);
    expect(receipts.every((receipt) => receipt.conflicts + receipt.tombstoned + receipt.rejected === 0)).toBe(true);
    const inserted = receipts.flatMap((receipt) => expand(receipt.outcomes.inserted).map((i) => receipt.firstId + i));
    expect(stored.map((row) => row['id']).sort()).toEqual(inserted.sort());
    await expectNoDeadlock();
  });

  test('with other values keep the first values, and the rest are conflicts', async () => {
    symbol = await newInstrument(service);
    const receipts = await postAll(
      Array.from({ length: 10 }, (_, bid) => shuffled(series(50, { bid }), bid)),
      { batchSize: 7 },
    );
    const sum = (outcome: 'inserted' | 'conflicts') => receipts.reduce((total, receipt) => total + receipt[outcome], 0);
    expect([sum('inserted'), sum('conflicts')]).toEqual([50, 450]);
    const rows = await storedRows(service, symbol, 'id::float8 as id, bid');
    for (const { id, bid } of rows) expect(Math.floor((id as number) / 65_536)).toBe(receipts[bid as number]?.batchId);
  });

  test('of several instruments and months, in opposite orders, do not deadlock', async () => {
    const rows = (await Promise.all([1, 2, 3].map(() => newInstrument(service)))).flatMap((one) =>
      ['2011-01-31T23:59:30Z', '2011-03-31T23:59:30Z'].flatMap((start) =>
        ticks(60, { symbol: one }, start).map((record, sequence) => ({ ...record, sequence })),
      ),
    );
    const receipts = await postAll(
      Array.from({ length: 12 }, (_, index) => shuffled(rows, index)),
      { batchSize: 25 },
    );
    expect(receipts.reduce((sum, receipt) => sum + receipt.inserted, 0)).toBe(rows.length);
    await expectNoDeadlock();
  });

  test('if the first is rolled back, the second stores what it waited for', async () => {
    symbol = await newInstrument(service);
    const [{ id } = { id: 0 }] = await service.sql<{ id: number }>(
      'select id from tick_store.instruments where symbol = $1',
      [symbol],
    );
    const [row] = series(1);
    const holding = `insert into tick_store.market_data (id, "timestamp", instrument_id, sequence) values (-1, '${row?.timestamp}', ${id}, 0)`;
    const receipt = await whileHolding(service, holding, async (release) => {
      const asked = post(series(3));
      await waiting(service, 1);
      await release();
      return asked;
    });
    expect([receipt.inserted, receipt.duplicates]).toEqual([3, 0]);
  });
});
