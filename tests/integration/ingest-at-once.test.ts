import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storedRows } from '../support/receipts.ts';
import { newInstrument, remove } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { type TickInput, tick, ticks } from '../support/ticks.ts';

/** A small batch is one statement, unless `batchSize` asks for several. Clients cannot tell which of the two was used. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const AT_ONCE = {};
const ROW_BY_ROW = { batchSize: 1 };

const record: fc.Arbitrary<TickInput> = fc.record(
  {
    timestamp: fc.constantFrom('2026-11-02T14:30:00Z', '2026-11-02T14:30:01Z', '2026-12-02T14:30:00Z', 'yesterday'),
    price: fc.constantFrom(1, 2),
    volume: fc.constantFrom(null, 0, -1),
    sequence: fc.constantFrom(null, 1, 2, 3, 4),
  },
  { requiredKeys: ['timestamp', 'price'] },
);

interface Step {
  readonly records: TickInput[];
  readonly atomic: boolean;
  /** Whether everything stored is deleted after this step. */
  readonly deletes: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  records: fc.array(record, { minLength: 2, maxLength: 6 }),
  atomic: fc.boolean(),
  deletes: fc.integer({ min: 0, max: 3 }).map((drawn) => drawn === 0),
});

/** The response without the ids, which differ from batch to batch. */
const withoutIds = ({ status, text }: Reply) =>
  `${status} ${text.replace(/"(batchId|firstId)":\d+,?/g, '').replace(/"requestId":"[^"]*"/, '')}`;

/** The response to each step, and the rows that are stored at the end. */
async function play(steps: readonly Step[], query: object): Promise<unknown> {
  const symbol = await newInstrument(service);
  const responses: string[] = [];
  for (const { records, atomic, deletes } of steps) {
    const body = { records: records.map((each) => ({ ...each, symbol })) };
    responses.push(withoutIds(await service.post('/v1/market-data', body, { query: { ...query, atomic } })));
    if (deletes) {
      const rows = await storedRows(service, symbol, 'id::float8 as id');
      await remove(service, { ids: rows.map((row) => row['id']) });
    }
  }
  const rows = await storedRows(
    service,
    symbol,
    `(id % 65536)::int as index, "timestamp", price, volume, sequence, deleted_at is null as live`,
  );
  return { responses, rows: rows.map((row) => JSON.stringify(row)).sort() };
}

test('every history has the same receipts and rows, in one statement and row by row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      expect(await play(steps, AT_ONCE)).toEqual(await play(steps, ROW_BY_ROW));
    }),
    { numRuns: 25 },
  );
}, 60_000);

describe('a small batch', () => {
  const names = () => service.logs.filter((line) => line.includes('BulkInsertMs')).length;

  test('is measured as a bulk insert, with its wait for the pool', async () => {
    const before = names();
    expect((await service.post('/v1/market-data', { records: ticks(3) })).status).toBe(200);
    expect(names()).toBe(before + 1);
    const line = service.logs.findLast((each) => each.includes('BulkInsertMs')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ RowsInserted: 3, BulkInsertMs: [expect.any(Number)] });
  });

  test('is stored once if its key arrives twice at the same time', async () => {
    const symbol = await newInstrument(service);
    const headers = { 'idempotency-key': `at-once-${symbol}` };
    const send = () => service.post('/v1/market-data', { records: [tick({ symbol })] }, { headers });
    const replies = await Promise.all([send(), send(), send()]);
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies.filter(({ headers: of }) => of.get('idempotency-replayed') === 'true')).toHaveLength(2);
    expect(await storedRows(service, symbol)).toHaveLength(1);
  });
});
