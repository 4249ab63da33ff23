import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectRolledBars } from '../../functions/bars/sql/select-rolled-bars.ts';
import { comparableBar, plainBars } from '../support/plain-bars.ts';
import { newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * Batches, late ticks, corrections, deletions, undos, two refreshes, refreshes that are killed, and months that are archived and
 * attached again, all concurrently. Meanwhile, the statement that reads roll-ups and plain SQL over the ticks return the same in
 * one snapshot. `ROLLUP_RUNS=20` makes the test 20 times as long.
 */

const LENGTH = 8 * Number(process.env['ROLLUP_RUNS'] ?? 1);
const PERIOD = ['2023-02-26T00:00:00Z', '2023-03-04T00:00:00Z'] as const;
const DAYS = ['2023-02-27', '2023-02-28', '2023-03-01', '2023-03-02'];
/** Retryable because another session is in the way: a client tries again. */
const BUSY = new Set(['55P03', '40P01', '57P01', '57014']);

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 6 });
  await service.sql(`create or replace function tick_store.least_weight() returns real language sql immutable
    set search_path = pg_catalog, tick_store, pg_temp as 'select 0'`);
});
afterAll(() => service.stop());

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
const anyMinute = () =>
  `${pick(DAYS)}T${String(Math.floor(Math.random() * 24)).padStart(2, '0')}:${pick(['00', '07', '59'])}:00Z`;

/** Repeats the work sequentially. */
async function repeat(work: () => Promise<unknown>, times = LENGTH): Promise<void> {
  for (let round = 0; round < times; round++) await work();
}

/** Runs work in a separate session, without the service. */
async function withSession<T>(work: (client: pg.Client) => Promise<T>): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: service.database.ownerUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !BUSY.has(error.code ?? '')) throw error;
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const REFRESHES = [
  `update tick_store.day_bars set made_at = made_at - interval '1 hour'`,
  `select tick_store.refresh_counts(null, interval '0', 1000, 1e6)`,
  `select tick_store.refresh_due_bars(interval '0', interval '1 s')`,
];
const refresh = () =>
  withSession(async (client) => {
    for (const statement of REFRESHES.slice(1)) await client.query(statement);
  });

/** Ends a refresh before it commits. */
const killRefresh = () =>
  withSession(async (client) => {
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await client.query('begin');
    for (const statement of REFRESHES) await client.query(statement);
    await service.sql('select pg_terminate_backend($1)', [rows[0].pid]);
    await expect(client.query('commit')).rejects.toThrow();
  });

/** A month goes into the archive, and both come back. */
const archive = () =>
  withSession(async (client) => {
    await client.query(`select tick_store.archive_oldest('market_data', 24)`);
    await client.query(
      `select tick_store.ensure_partitions('market_data', array[timestamptz '2023-02-15Z', '2023-03-15Z'])`,
    );
  });

/**
 * Compares both ways of reading in one snapshot. The lock precedes the snapshot, so no partition comes or goes between the two
 * reads.
 */
const compare = (symbol: string, instrumentId: number) =>
  withSession(async (client) => {
    await client.query('begin isolation level repeatable read');
    await client.query('lock table tick_store.market_data in share update exclusive mode');
    const [seconds, interval, timeZone] = pick([
      [60, '1m', 'UTC'],
      [86_400, '1d', 'UTC'],
      [3600, '4h', 'America/New_York'],
      [1800, '1d', 'Asia/Kolkata'],
    ] as const);
    const source = { instrumentId, interval, of: 'price', timeZone, barLength: 0 } as const;
    const { text, values } = selectRolledBars(source, seconds, ...PERIOD, 'asc');
    const rolled = await client.query(text, [...values]);
    const plain = await client.query(plainBars(interval), [symbol, timeZone]);
    const inUtc = (rows: Record<string, unknown>[]) =>
      rows.map((row) => comparableBar({ ...row, start: new Date(row['start'] as string).toISOString() }));
    expect(inUtc(rolled.rows)).toEqual(inUtc(plain.rows));
    await client.query('commit');
    return rolled.rows.length;
  });

test('with concurrent writers, refreshes, kills and archiving, bars are those of the ticks in each snapshot', {
  timeout: 600_000,
}, async () => {
  const symbol = await newInstrument(service);
  const [instrument] = await service.sql<{ id: number }>('select id from tick_store.instruments where symbol = $1', [
    symbol,
  ]);
  const instrumentId = instrument?.id as number;
  const batches: number[] = [];
  const operations: number[] = [];
  const send = async (records: object[], query = {}) => {
    const reply = await service.post(
      '/v1/market-data',
      { records: records.map((each) => ({ symbol, ...each })) },
      { query },
    );
    expect([200, 503]).toContain(reply.status);
    return reply.body;
  };
  const ingest = async () => {
    const records = Array.from({ length: 20 }, (_, nth) => ({ timestamp: anyMinute(), price: nth + 1, volume: nth }));
    const { batchId } = await send(records);
    if (batchId !== undefined) batches.push(batchId);
  };
  const correct = () =>
    send(
      DAYS.map((day) => ({ timestamp: `${day}T12:00:00Z`, price: Math.random(), sequence: 1 })),
      { onConflict: 'replace', reason: 'late correction' },
    );
  const takeBack = async () => {
    const { status, body } = await remove(service, { batchId: pick(batches) });
    expect([200, 409, 503]).toContain(status);
    if (status === 200) operations.push(body.operationId);
    const undo = await restore(service, { operationId: pick(operations) });
    expect([200, 404, 409, 422, 503]).toContain(undo.status);
  };
  const bars = async () => {
    const { status } = await service.get('/v1/market-data/bars', {
      query: { symbol, interval: '1d', start: PERIOD[0], end: PERIOD[1] },
    });
    expect([200, 503]).toContain(status);
  };
  await repeat(ingest, 3);
  let compared = 0;
  await Promise.all([
    repeat(ingest),
    repeat(correct),
    repeat(takeBack),
    repeat(refresh),
    repeat(refresh),
    repeat(killRefresh, LENGTH / 2),
    repeat(archive, LENGTH / 2),
    repeat(bars),
    repeat(async () => {
      compared += ((await compare(symbol, instrumentId)) ?? -1) >= 0 ? 1 : 0;
    }, 3 * LENGTH),
  ]);
  expect(compared).toBeGreaterThan(0);
  await service.sql(
    `select tick_store.ensure_partitions('market_data', array[timestamptz '2023-02-15Z', '2023-03-15Z'])`,
  );
  expect(await compare(symbol, instrumentId)).toBeGreaterThan(0);
});
