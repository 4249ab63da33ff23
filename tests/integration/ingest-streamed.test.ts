import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ingestQuery } from '../../functions/contract/ingest-query.ts';
import { Problem } from '../../functions/contract/problem.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { createIngestServices, type IngestServices, ingestBatch } from '../../functions/ingest/ingest-batch.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type TickInput, tick } from '../support/ticks.ts';

/**
 * A batch that is streamed has the same receipt and rows as one that is read first. Clients cannot tell which of the two was
 * used.
 */

let store: TestDatabase;
let database: PostgresDatabase;
let owner: pg.Pool;
/** The statements of each call to the database. */
const calls: string[] = [];

beforeAll(async () => {
  store = await createTestDatabase(inject('postgres'));
  owner = new pg.Pool({ connectionString: store.ownerUrl, max: 1 });
  // `end` does not wait for the session to close, so `drop database` may terminate it first
  owner.on('error', () => undefined);
  database = new PostgresDatabase({
    url: store.appUrl,
    applicationName: 'streamed',
    acquireTimeoutMs: 20_000,
    queryTimeoutMs: 20_000,
    recycleSeconds: 600,
    onIdleError: () => undefined,
    onCall: ({ statements }) => void calls.push(statements.join(' ')),
  });
});
afterAll(async () => {
  await database.close();
  await owner.end();
  await store.drop();
});

const sql = async (text: string, values: unknown[] = []) => (await owner.query(text, values)).rows;

const STREAMED = 'take-batch-key copy finish-batch';
const streamed = () => calls.filter((statements) => statements === STREAMED).length;

/** An execution environment that has cached a new instrument and the month of its first tick. */
async function warmEnvironment(): Promise<{ services: IngestServices; symbol: string }> {
  const symbol = randomUUID();
  await sql(`insert into tick_store.instruments (symbol, name, type) values ($1, $1, 'future')`, [symbol]);
  const services = createIngestServices(database);
  await send(services, symbol, [tick({ timestamp: '2026-10-31T00:00:00Z' })]);
  return { services, symbol };
}

/** The response to a batch: its receipt without the ids, or its problem document. */
async function send(services: IngestServices, symbol: string, records: TickInput[], query = {}, key?: string) {
  const text = JSON.stringify({ records: records.map((record) => ({ ...record, symbol })) });
  try {
    const { json, replayed, counts } = await ingestBatch(services, tickTable, {
      body: { text, mediaType: 'application/json' },
      query: ingestQuery.parse({ batchSize: '2', ...query }),
      ...{ actor: 'local', keyScope: 'local', idempotencyKey: key ?? randomUUID(), invocationId: randomUUID() },
      payloadHash: createHash('sha256').update(text).digest(),
      options: { deadline: Date.now() + 60_000, idempotent: true },
      logger: createLogger(() => undefined),
    });
    return `${json.replace(/"batchId":\d+,"firstId":\d+,/, '')} ${JSON.stringify(counts)} ${replayed}`;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const { batchId, ...members } = problem.options.members ?? {};
    return `${problem.code} ${problem.message} ${JSON.stringify(members)}`.replaceAll(symbol, 'SYMBOL');
  }
}

const record: fc.Arbitrary<TickInput> = fc.record(
  {
    timestamp: fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom('2026-10-02T14:30:00Z', '2026-10-02T14:30:01Z', '2026-10-03T14:30:01Z'),
      },
      { weight: 1, arbitrary: fc.constantFrom('2026-09-02T14:30:00Z', 'yesterday') },
    ),
    price: fc.constantFrom(1, 2),
    volume: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(null, 0) }, { weight: 1, arbitrary: fc.constant(-1) }),
    sequence: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(40) }),
  },
  { requiredKeys: ['timestamp', 'price'] },
);
const batch = fc.record({
  records: fc.array(record, { minLength: 3, maxLength: 9 }),
  isSorted: fc.boolean(),
  atomic: fc.constantFrom('false', 'false', 'true'),
  /** Whether it is sent again under its key. */
  isSentTwice: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
});
type Batch = typeof batch extends fc.Arbitrary<infer B> ? B : never;

const inOrder = (records: readonly TickInput[]) =>
  [...records].sort(
    (a, b) =>
      String(a['timestamp']).localeCompare(String(b['timestamp'])) ||
      Number(a['sequence'] ?? -1) - Number(b['sequence'] ?? -1),
  );

/** The responses to the batches of a history, and the rows that are stored at the end. */
async function play(history: readonly Batch[], query: object) {
  const { services, symbol } = await warmEnvironment();
  const responses: string[] = [];
  for (const { records, isSorted, atomic, isSentTwice } of history) {
    const sent = isSorted ? inOrder(records) : records;
    const key = randomUUID();
    responses.push(await send(services, symbol, sent, { ...query, atomic }, key));
    if (isSentTwice) responses.push(await send(services, symbol, sent, { ...query, atomic }, key));
  }
  const rows = await sql(
    `select m.id % 65536 as index, m."timestamp", m.price, m.volume, m.sequence,
            b.received, b.inserted, b.min_time, b.max_time, b.receipt, b.touched_days,
            b.touched_instruments = array_fill(m.instrument_id, array[cardinality(b.touched_days)]) as is_touched
       from tick_store.market_data m
       join tick_store.ingest_batches b on b.block = m.id / 65536
      where m.instrument_id = (select i.id from tick_store.instruments i where i.symbol = $1)
      order by m.id`,
    [symbol],
  );
  return { responses, rows: rows.map((row) => JSON.stringify(row)) };
}

test('every history has the same receipts and rows, streamed and not', async () => {
  const before = streamed();
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (history) => {
      // a batch that may create instruments is read completely before it is sent
      expect(await play(history, {})).toEqual(await play(history, { createInstruments: 'true' }));
    }),
    { numRuns: 20 },
  );
  expect(streamed()).toBeGreaterThan(before);
});

const PLAIN = Array.from({ length: 7 }, (_, n) => tick({ timestamp: `2026-10-02T14:30:0${n}Z`, price: n + 1 }));

test('a batch is streamed in one transaction of four statements', async () => {
  const { services, symbol } = await warmEnvironment();
  const before = calls.length;
  expect(await send(services, symbol, PLAIN)).toContain('"inserted":[[0,6]]');
  expect(calls.slice(before)).toEqual([STREAMED]);
});

test('an unusual record at the end rolls the batch back, and later batches are not streamed until one is stored completely', async () => {
  const { services, symbol } = await warmEnvironment();
  const bad = [...PLAIN, tick({ timestamp: 'yesterday' })];
  expect(await send(services, symbol, bad)).toContain('"inserted":[[0,6]]');
  const [stored] = await sql(
    `select count(*)::int as rows from tick_store.market_data m join tick_store.instruments i on i.id = m.instrument_id where i.symbol = $1`,
    [symbol],
  );
  expect(stored).toEqual({ rows: 1 + PLAIN.length });
  const before = streamed();
  await send(services, symbol, PLAIN);
  expect(streamed()).toBe(before);
  await send(services, symbol, PLAIN);
  expect(streamed()).toBe(before + 1);
});

test('records of an instrument that is no longer active are rejected, and nothing is stored', async () => {
  const { services, symbol } = await warmEnvironment();
  await sql(`update tick_store.instruments set status = 'inactive' where symbol = $1`, [symbol]);
  const before = streamed();
  expect(await send(services, symbol, PLAIN)).toMatch(/^all_rejected .*instrument_inactive/);
  expect(streamed()).toBe(before + 1);
});

test('two batches with one key at the same time are stored once', async () => {
  const { services, symbol } = await warmEnvironment();
  const key = randomUUID();
  const responses = await Promise.all([1, 2, 3].map(() => send(services, symbol, PLAIN, {}, key)));
  expect(responses.map((response) => response.endsWith('true')).sort()).toEqual([false, true, true]);
  expect(await send(services, symbol, [...PLAIN, ...PLAIN], {}, key)).toMatch(/^idempotency_key_reused/);
});
