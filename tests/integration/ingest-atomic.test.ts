import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/bodies.ts';
import { outcomesIn, outcomesOf, rowCounts, storedRows } from '../support/receipts.ts';
import { newInstrument, remove } from '../support/records.ts';
import { type RequestOptions, startService, type TestService } from '../support/service.ts';
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

const numbered = (sequence: number, fields: TickInput = {}) => tick({ symbol, sequence, ...fields });
const post = (records: readonly object[], options?: RequestOptions) =>
  service.post('/v1/market-data', { records }, options);
const postAtomic = (records: readonly object[], query = {}) => post(records, { query: { atomic: true, ...query } });

/** What a response says about each record, without the fields that only a stored batch has. */
function accountOf(body: Record<string, unknown>): object {
  const { received, inserted, duplicates, conflicts, tombstoned, rejected, outcomes, rejections } = body;
  return { received, inserted, duplicates, conflicts, tombstoned, rejected, outcomes, rejections };
}

/** Stores sequences 1 to 4, and deletes the last of them. */
async function storeSome(): Promise<void> {
  const { body } = await post([1, 2, 3, 4].map((sequence) => numbered(sequence)));
  expect((await remove(service, { ids: [body.firstId + 3] })).body.affected).toBe(1);
}

const refusedBatches: [string, () => object[]][] = [
  ['a rejection', () => [tick({ symbol }), tick({ symbol, volume: -1 }), tick({ symbol })]],
  ['a rejection among rows with sequences', () => [numbered(10), numbered(11, { volume: -1 }), numbered(12)]],
  ['a conflict', () => [numbered(10), numbered(1, { price: 9 }), tick({ symbol })]],
  ['a conflict within the batch', () => [numbered(10), numbered(10, { price: 9 })]],
  [
    'everything',
    () => [
      numbered(10),
      numbered(1),
      numbered(2, { bid: 9 }),
      numbered(4),
      numbered(3, { price: 'x' }),
      tick({ symbol }),
    ],
  ],
  ['duplicates and a rejection', () => [numbered(1), numbered(2), {}]],
  ['a tombstone and a rejection', () => [numbered(4), {}, numbered(5)]],
];

describe.each([1000, 1])('an atomic batch, %i rows per statement, writes nothing if it has', (batchSize) => {
  test.each(refusedBatches)('%s, and returns the counts and details that a receipt would have', async (_, records) => {
    await storeSome();
    const before = [await rowCounts(service), await storedRows(service, symbol)];
    const refused = await postAtomic(records(), { batchSize });
    expectProblem(refused, 422, 'atomic_rejected');
    outcomesIn(refused.body);
    expect(refused.body).toHaveProperty('batchId');
    expect(refused.body).not.toHaveProperty('firstId');
    expect([await rowCounts(service), await storedRows(service, symbol)]).toEqual(before);

    const receipt = await post(records());
    expect(receipt.status).toBe(200);
    expect(accountOf(refused.body)).toEqual(accountOf(receipt.body));
  });
});

test('an atomic batch of valid records is stored like any other', async () => {
  const { status, body } = await postAtomic([...ticks(3, { symbol }), numbered(1)]);
  expect([status, outcomesOf(body)]).toEqual([200, Array(4).fill('inserted')]);
  expect(await storedRows(service, symbol)).toHaveLength(4);
});

test('duplicates and tombstones do not stop an atomic batch', async () => {
  await storeSome();
  const { status, body } = await postAtomic([numbered(1), numbered(4), numbered(5)]);
  expect([status, outcomesOf(body)]).toEqual([200, ['duplicates', 'tombstoned', 'inserted']]);
});

test('a rejection of an atomic batch is in the errors with its position', async () => {
  const { body } = await postAtomic([numbered(1), numbered(2, { price: '1.5' }), 5 as never]);
  expect(body.errors).toEqual([
    { path: 'records[1].price', code: 'invalid_type', message: 'price must be a number' },
    { path: 'records[2]', code: 'invalid_type', message: 'a record must be an object' },
  ]);
});

test('an atomic batch that was refused leaves its key free', async () => {
  const options = { headers: { 'idempotency-key': 'atomic' }, query: { atomic: true } };
  await post([numbered(1)]);
  expectProblem(await post([numbered(1, { price: 9 }), numbered(2)], options), 422, 'atomic_rejected');
  const { status, body, headers } = await post([numbered(2)], options);
  expect([status, body.inserted, headers.get('idempotency-replayed')]).toEqual([200, 1, null]);
});

describe('a batch of which every record is rejected', () => {
  test.each([{}, { atomic: true }])('writes nothing, and lists the reasons, with %o', async (query) => {
    const before = await rowCounts(service);
    const refused = await post([{}, numbered(1, { volume: -1 }), { symbol: 'XX', timestamp: 1e11 }], { query });
    expectProblem(refused, 422, 'all_rejected');
    expect(outcomesIn(refused.body)).toEqual(Array(3).fill('rejected'));
    expect(refused.body.rejections.map((rejection: { code: string }) => rejection.code)).toEqual([
      'required',
      'negative',
      'unknown_instrument',
    ]);
    expect(await rowCounts(service)).toEqual(before);
  });

  test('lists the first thousand in detail and all of them by range', async () => {
    const { status, body } = await post(Array.from({ length: 2500 }, () => ({})));
    expect([status, body.rejected, body.rejections.length, body.outcomes.rejected]).toEqual([
      422,
      2500,
      1000,
      [[0, 2499]],
    ]);
  });
});

test('a query with an unknown instrument is refused as a whole', async () => {
  const before = await rowCounts(service);
  const { symbol: _, ...anonymous } = tick();
  for (const query of [{ symbol: 'NONE' }, { instrumentId: 999_999 }]) {
    const reply = await post([anonymous, tick({ symbol })], { query });
    expectProblem(reply, 422, 'invalid_request');
    expect(reply.body.errors).toMatchObject([{ path: Object.keys(query)[0], code: 'unknown_instrument' }]);
  }
  expect(await rowCounts(service)).toEqual(before);
});
