import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Rejection } from '../../functions/contract/batches.ts';
import { outcomesOf, storedRows } from '../support/receipts.ts';
import { expand, newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, tick, ticks } from '../support/ticks.ts';

let service: TestService;
let symbol: string;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  symbol = await newInstrument(service);
});

const post = async (records: readonly object[], query = {}) => {
  const reply = await service.post('/v1/market-data', { records }, { query });
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return reply.body;
};
/** The outcomes of a batch, by input index. */
const outcomes = async (records: readonly object[], query = {}) => outcomesOf(await post(records, query));
/** A tick with a sequence, of an instrument that only this test uses. */
const numbered = (sequence: number, fields: TickInput = {}) => tick({ symbol, sequence, ...fields });
const stored = (fields?: string) => storedRows(service, symbol, fields);

describe('rows without a sequence', () => {
  test('are always inserted, however often they are sent', async () => {
    const batch = [tick({ symbol }), tick({ symbol }), tick({ symbol, sequence: null })];
    expect(await outcomes(batch)).toEqual(['inserted', 'inserted', 'inserted']);
    expect(await outcomes(batch)).toEqual(['inserted', 'inserted', 'inserted']);
    expect(await stored()).toHaveLength(6);
  });

  test('are inserted alongside rows with a sequence', async () => {
    const batch = [tick({ symbol }), numbered(1), tick({ symbol })];
    expect(await outcomes(batch)).toEqual(['inserted', 'inserted', 'inserted']);
    expect(await outcomes(batch)).toEqual(['inserted', 'duplicates', 'inserted']);
  });
});

describe('ids', () => {
  test.each([
    ['without sequences', {}],
    ['with sequences', { sequence: 1 }],
  ])('are firstId + i for each inserted row %s, even if others are not inserted', async (_, fields) => {
    const records = ticks(7, { symbol, ...fields }).map((record, index) =>
      index % 3 === 1 ? { ...record, volume: -1 } : record,
    );
    const receipt = await post(records);
    expect(outcomesOf(receipt)).toEqual(records.map((_, index) => (index % 3 === 1 ? 'rejected' : 'inserted')));
    expect(receipt.firstId).toBe(receipt.batchId * 65_536);
    const rows = await stored('id::float8 as id, price');
    expect(rows.map((row) => [row['id'], row['price']])).toEqual(
      [0, 2, 3, 5, 6].map((index) => [receipt.firstId + index, 4300 + index]),
    );
    for (const index of [0, 2, 6]) {
      const { body } = await service.get(`/v1/market-data/${receipt.firstId + index}`);
      expect(body).toMatchObject({ symbol, price: 4300 + index, batchId: receipt.batchId });
    }
    expect((await service.get(`/v1/market-data/${receipt.firstId + 1}`)).status).toBe(404);
  });

  test('of a later batch are higher', async () => {
    const [first, second] = [await post([tick()]), await post([tick()])];
    expect(second.firstId).toBeGreaterThanOrEqual(first.firstId + 65_536);
  });
});

describe('a row that is stored', () => {
  test('is a duplicate if it is sent again with the same values', async () => {
    const row = numbered(1, { price: 1.1, volume: 0.3, bid: -0.1, openPrice: 1e-9 });
    expect(await outcomes([row])).toEqual(['inserted']);
    expect(await outcomes([row])).toEqual(['duplicates']);
    expect(await outcomes([{ ...row, timestamp: '2026-11-02T15:30:00.000001+01:00' }])).toEqual(['duplicates']);
    expect(await stored()).toHaveLength(1);
  });

  test('is a duplicate if it is sent again with minus zero instead of zero', async () => {
    expect(await outcomes([numbered(2, { price: 0 })])).toEqual(['inserted']);
    expect(await outcomes([numbered(2, { price: -0 })])).toEqual(['duplicates']);
  });

  test.each(['price', 'volume', 'bid', 'ask', 'bidSize', 'askSize', 'openPrice', 'highPrice', 'lowPrice'])(
    'is a conflict if it is sent again with another %s, or none, and stays unchanged',
    async (field) => {
      // a record needs at least one value
      const other = { [field === 'bid' ? 'ask' : 'bid']: 1 };
      expect(await outcomes([numbered(1, { ...other, [field]: 2 }), numbered(2, { ...other, [field]: null })])).toEqual(
        ['inserted', 'inserted'],
      );
      const before = await stored();
      expect(await outcomes([numbered(1, { ...other, [field]: 2.0000000000000004 })])).toEqual(['conflicts']);
      expect(await outcomes([numbered(1, { ...other, [field]: null }), numbered(2, { ...other, [field]: 2 })])).toEqual(
        ['conflicts', 'conflicts'],
      );
      expect(await outcomes([numbered(1, { ...other, [field]: 2 }), numbered(2, { ...other, [field]: null })])).toEqual(
        ['duplicates', 'duplicates'],
      );
      expect(await stored()).toEqual(before);
    },
  );

  test('is another row if its time, instrument or sequence differs', async () => {
    expect(
      await outcomes([
        numbered(1),
        numbered(-1),
        numbered(1, { timestamp: '2026-11-02T14:30:00.000002Z' }),
        numbered(1, { symbol: 'NQ' }),
        numbered(Number.MAX_SAFE_INTEGER),
      ]),
    ).toEqual(Array(5).fill('inserted'));
  });
});

describe('a row that is deleted', () => {
  test('is a tombstone, whatever values are sent, until it is restored', async () => {
    const { firstId, batchId } = await post([numbered(1), numbered(2)]);
    expect((await remove(service, { ids: [firstId] })).body.affected).toBe(1);
    expect(await outcomes([numbered(1), numbered(2)])).toEqual(['tombstoned', 'duplicates']);
    expect(await outcomes([numbered(1, { price: 5 })])).toEqual(['tombstoned']);
    expect(await stored('deleted_at is null as standing')).toEqual([{ standing: false }, { standing: true }]);
    expect((await restore(service, { batchId })).body.affected).toBe(1);
    expect(await outcomes([numbered(1), numbered(2, { price: 5 })])).toEqual(['duplicates', 'conflicts']);
  });
});

describe('rows of one batch that have the same sequence', () => {
  test.each([1000, 1])(
    'are stored once: the first is inserted, and later ones are rejected, %i rows per statement',
    async (batchSize) => {
      const late = { timestamp: '2026-11-02T14:31:00Z' };
      const batch = [numbered(2, late), numbered(1), numbered(2, late), numbered(1, { price: 5 }), numbered(2, late)];
      const receipt = await post(batch, { batchSize });
      expect(outcomesOf(receipt)).toEqual(['inserted', 'inserted', 'rejected', 'rejected', 'rejected']);
      expect(receipt.rejections.map(({ index, path, code }: Rejection) => [index, path, code])).toEqual(
        [2, 3, 4].map((index) => [index, 'sequence', 'repeated_sequence']),
      );
      expect(await stored('id::float8 as id, price')).toEqual([
        { id: receipt.firstId, price: 4300.25 },
        { id: receipt.firstId + 1, price: 4300.25 },
      ]);
    },
  );

  test('count from the first valid one', async () => {
    expect(await outcomes([numbered(1, { volume: -1 }), numbered(1), numbered(1)])).toEqual([
      'rejected',
      'inserted',
      'rejected',
    ]);
  });

  test('are rejected even if the row is stored already, deleted or not', async () => {
    const { batchId } = await post([numbered(9)]);
    expect(await outcomes([numbered(9), numbered(9)])).toEqual(['duplicates', 'rejected']);
    await remove(service, { batchId });
    expect(await outcomes([numbered(9), numbered(9, { bid: 1 })])).toEqual(['tombstoned', 'rejected']);
  });
});

test.each([1000, 3])('a batch of every outcome counts each once, %i rows per statement', async (batchSize) => {
  const { firstId } = await post(Array.from({ length: 50 }, (_, index) => numbered(index)));
  await remove(service, { ids: Array.from({ length: 10 }, (_, index) => firstId + 40 + index) });
  const kinds = ['duplicates', 'conflicts', 'tombstoned', 'rejected', 'inserted', 'inserted'] as const;
  const records = Array.from({ length: 60 }, (_, index) => {
    const kind = kinds[index % 6];
    const nth = Math.floor(index / 6);
    if (kind === 'duplicates') return numbered(5 + nth);
    if (kind === 'conflicts') return numbered(18 + nth, { price: nth });
    if (kind === 'tombstoned') return numbered(40 + nth, { volume: nth });
    if (kind === 'rejected') return numbered(5, { volume: -1 });
    return index % 6 === 4 ? numbered(100 + nth) : tick({ symbol });
  });
  const receipt = await post(records, { batchSize });
  expect(outcomesOf(receipt)).toEqual(records.map((_, index) => kinds[index % 6]));
  expect([receipt.received, receipt.inserted, receipt.duplicates, receipt.conflicts]).toEqual([60, 20, 10, 10]);
  const inserted = expand(receipt.outcomes.inserted).map((index) => receipt.firstId + index);
  const ids = await service.sql<{ id: number }>(
    `select id::float8 as id from tick_store.market_data where id >= $1 and id < $1 + 65536 order by id`,
    [receipt.firstId],
  );
  expect(ids.map((row) => row.id)).toEqual(inserted);
});

test('a receipt can be read again, byte for byte', async () => {
  for (const records of [
    [tick({ symbol }), {}],
    [numbered(1), numbered(1), {}],
  ]) {
    const { text, body } = await service.post('/v1/market-data', { records });
    expect((await service.get(`/v1/market-data/batches/${body.batchId}`)).text).toBe(text);
    expect((await service.get(`/v1/alert-logs/batches/${body.batchId}`)).status).toBe(404);
  }
});

test('a batch of only duplicates is stored as a batch', async () => {
  await post([numbered(1)]);
  const receipt = await post([numbered(1)]);
  expect(receipt).toMatchObject({ inserted: 0, duplicates: 1, outcomes: { inserted: [], duplicates: [[0, 0]] } });
  expect((await service.get(`/v1/market-data/batches/${receipt.batchId}`)).body).toEqual(receipt);
});

test('the ledger has the same counts as the receipt', async () => {
  await post([numbered(1), numbered(2)]);
  const receipt = await post([numbered(1), numbered(2, { price: 1 }), numbered(3), {}]);
  const [row] = await service.sql(
    'select received, inserted, duplicates, conflicts, tombstoned, rejected from tick_store.ingest_batches where block = $1',
    [receipt.batchId],
  );
  expect(receipt).toMatchObject(row as object);
});
