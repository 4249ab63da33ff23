import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../functions/database/database.ts';
import { DatabaseError } from '../../functions/database/errors.ts';
import { continueOperation } from '../../functions/operations/continue-operation.ts';
import type { OperationTable, RequestedKind } from '../../functions/operations/sql/operation-table.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import type { BackendAccess } from '../support/backends/access.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { countLive, manyTicks, startInSteps } from '../support/large-operations.ts';
import { waiting, whileHolding } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, remove, restore, standing, store } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** What an operation in steps does between its steps. The operations here are of few rows, and started as large ones are. */

let service: TestService;
let backend: BackendAccess;
let database: Database;
beforeAll(async () => {
  service = await startService();
  backend = await connectBackend(service.database);
  database = backend.open();
});
afterAll(async () => {
  await database.close();
  await backend.stop();
  await service.stop();
});

const PERIOD = { start: '2026-11-02T00:00:00.000000Z', end: '2026-11-03T00:00:00.000000Z' };
const idOf = async (symbol: string): Promise<number> => (await service.get(`/v1/instruments/${symbol}`)).body.id;

interface Options {
  readonly kind?: RequestedKind;
  readonly table?: OperationTable;
  readonly expectedCount?: number;
}
const start = async (symbol: string, options: Options = {}) =>
  startInSteps(database, { filter: { instrumentId: await idOf(symbol), barLength: 0, ...PERIOD } }, options);

const log: string[] = [];
const logger = createLogger((line) => void log.push(line));
/** One run of a runner that may take so many looks: each slice and each step is one. */
const run = (id: number) =>
  continueOperation(database, id, { deadline: Date.now() + 20_000, idempotent: true }, logger, Date.now() + 10_000);
const schedule = () => service.environments.invoke('maintain-partitions', { task: 'operations' });
const operation = async (id: number, kind = 'market-data'): Promise<Reply['body']> =>
  (await service.get(`/v1/${kind}/operations/${id}`)).body;
const filterOf = (symbol: string) => ({ filter: { symbol, ...PERIOD } });

/** Three steps: two of 10,000 and the rest. */
const ROWS = 20_100;
const threeSteps = () => manyTicks(service, ROWS, '2026-11-02T01:00:00Z');

test('runners at once, on the schedule and next to it, take every step once', async () => {
  const { symbol } = await threeSteps();
  const id = await start(symbol);
  const changed = await Promise.all([run(id), run(id), run(id)]);
  const scheduled = await schedule();
  expect(scheduled.ok).toBe(true);
  await run(id);
  const [noted] = await service.sql<{ steps: number; rows: number; distinct: number }>(
    `select count(*)::int as steps, sum(tick_store.cardinality(affected))::int as rows,
            tick_store.cardinality(range_agg(affected))::int as distinct
       from tick_store.operation_rows where operation_id = $1`,
    [id],
  );
  expect(noted).toEqual({ steps: 3, rows: ROWS, distinct: ROWS });
  const byRunners = changed.reduce((sum, { deleted }) => sum + deleted, 0);
  expect(byRunners).toBeLessThanOrEqual(ROWS);
  expect(await operation(id)).toMatchObject({ status: 'done', affected: ROWS, rowsDone: ROWS, rowsToDo: 0 });
  expect(await standing(service, symbol)).toEqual([]);
});

test('a step that is killed has changed nothing, and the next run takes it and the rest', async () => {
  const { symbol, ids } = await threeSteps();
  const id = await start(symbol);
  // held in its second step by a row of it, and ended there by the server
  await whileHolding(
    service,
    `select from tick_store.market_data where id = ${ids[12_000]} for update`,
    async (release) => {
      const running = run(id).catch((error: Error) => error);
      await waiting(service, 1);
      await withClient(service.database.superuserUrl, (client) => client.query(KILL_WHO_WAITS));
      expect(await operation(id)).toMatchObject({ status: 'running', affected: 10_000, rowsDone: 10_000 });
      expect(await countLive(service, symbol)).toBe(ROWS - 10_000);
      await release();
      await running;
    },
  );
  await schedule();
  expect(await operation(id)).toMatchObject({ status: 'done', affected: ROWS, unchanged: 0, rowsToDo: 0 });
  expect(await standing(service, symbol)).toEqual([]);
});

const KILL_WHO_WAITS = `
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and wait_event_type = 'Lock' and usename = 'tick_store_app'`;

test('a runner that dies between steps leaves the rest to the schedule', async () => {
  const { symbol } = await threeSteps();
  const id = await start(symbol);
  await runFor(id, 2);
  expect(await operation(id)).toMatchObject({
    status: 'running',
    affected: 10_000,
    rowsDone: 10_000,
    rowsToDo: ROWS - 10_000,
  });
  await schedule();
  expect(await operation(id)).toMatchObject({ status: 'done', affected: ROWS });
  expect(await standing(service, symbol)).toEqual([]);
});

test('rows of later batches and rows restored since do not belong to it; rows deleted by others are unchanged', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(10, { symbol }, '2026-11-02T01:00:00Z'));
  const deletedBefore = ids.slice(0, 2);
  const { body: before } = await remove(service, { ids: deletedBefore });
  const id = await start(symbol);
  const later = await store(service, ticks(3, { symbol }, '2026-11-02T02:00:00Z'));
  await restore(service, { operationId: before.operationId });
  await remove(service, { ids: ids.slice(8) });
  await run(id);
  const done = await operation(id);
  // those that others deleted since were live when it began, so they belong to it, and are as wanted already
  expect(done).toMatchObject({ status: 'done', requested: 10, affected: 6, unchanged: 4, rowsDone: 8, rowsToDo: 0 });
  expect((await standing(service, symbol)).toSorted((a, b) => a - b)).toEqual([...deletedBefore, ...later]);
});

test('a batch that commits after the start does not belong to it, though its number came first', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(2, { symbol }, '2026-11-02T01:00:00Z'));
  const instrumentId = await idOf(symbol);
  const id = await withClient(service.database.ownerUrl, async (client) => {
    await client.query('begin');
    await client.query(
      `with b as (insert into tick_store.ingest_batches (target, actor, idempotency_key, received, inserted, rejected, min_time, max_time, receipt,
                                                            touched_instruments, touched_days)
                  values ('market_data', 'test', $1, 1, 1, 0, '2026-11-02', '2026-11-03', '', array[$2::int], array[date '2026-11-02' - date '1970-01-01'])
                  returning block)
       insert into tick_store.market_data (id, "timestamp", instrument_id, price) select block * 65536, '2026-11-02T03:00:00Z', $2, 1 from b`,
      [`late ${symbol}`, instrumentId],
    );
    const started = await start(symbol);
    await client.query('commit');
    return started;
  });
  await run(id);
  expect(await operation(id)).toMatchObject({ status: 'done', requested: 2, affected: ids.length });
  expect(await standing(service, symbol)).toHaveLength(1);
});

test('while it runs its undo and reads as of it are refused, reads as of before it and current ones are not', async () => {
  const { symbol, ids } = await threeSteps();
  const batchId = Math.floor((ids[0] as number) / 65_536);
  const id = await start(symbol);
  await runFor(id, 2);
  expect(await operation(id)).toMatchObject({ status: 'running', affected: 10_000, failure: null, finishedAt: null });
  for (const dryRun of [true, false]) {
    const undo = await restore(service, { operationId: id, dryRun });
    expect([undo.status, undo.body.code, undo.headers.get('retry-after')]).toEqual([409, 'operation_running', '5']);
  }
  const read = (asOf: string, more = {}) =>
    service.get('/v1/market-data', { query: { symbol, limit: 10_000, asOf, ...more } });
  for (const moment of [`operation:${id}`, '2100-01-01'])
    expect((await read(moment)).body.code).toBe('operation_running');
  expect((await read(`operation:${id}`, { start: '2026-11-04' })).status).toBe(200);
  const first = await service.get('/v1/market-data/coverage', {
    query: { symbol, by: 'month', asOf: `batch:${batchId}` },
  });
  expect(first.body.data).toMatchObject([{ rows: ROWS }]);
  expect(await countLive(service, symbol)).toBe(ROWS - 10_000);
  await schedule();
  expect(await operation(id)).toMatchObject({ status: 'done', affected: ROWS });
  expect((await service.get('/v1/market-data', { query: { symbol, asOf: `operation:${id}` } })).body.data).toEqual([]);
});

test('expectedCount holds to the rows that were there at the start; where it differs nothing is changed, and it says so', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(5, { symbol }, '2026-11-02T01:00:00Z'));
  const id = await start(symbol, { expectedCount: 4 });
  await run(id);
  expect(await operation(id)).toMatchObject({
    ...{ status: 'failed', affected: 0, rowsDone: 0 },
    failure: '5 rows would change, not 4; nothing was changed',
  });
  expect(await standing(service, symbol)).toHaveLength(ids.length);
  const right = await start(symbol, { expectedCount: 5 });
  await run(right);
  expect(await operation(right)).toMatchObject({ status: 'done', affected: 5, failure: null });
});

test('rows that go into the archive meanwhile end it: it says which, and its undo takes back what it did', async () => {
  const { symbol } = await threeSteps();
  const id = await start(symbol);
  // its rows are planned, and the month goes
  const [partition, moved] = ['market_data_2026_11', 'tick_store_archive.market_data_2026_11'];
  const detach = `alter table tick_store.market_data detach partition tick_store.${partition};
                  alter table tick_store.${partition} set schema tick_store_archive`;
  const attach = `alter table ${moved} set schema tick_store;
                  alter table tick_store.market_data attach partition tick_store.${partition} for values from ('2026-11-01Z') to ('2026-12-01Z')`;
  await runFor(id, 1);
  const owner = (text: string) => withClient(service.database.ownerUrl, (client) => client.query(text));
  await owner(detach);
  try {
    await run(id);
  } finally {
    await owner(attach);
  }
  const failed = await operation(id);
  expect(failed).toMatchObject({ status: 'failed', affected: 0, rowsToDo: ROWS, finishedAt: expect.any(String) });
  expect(failed.failure).toContain(`rows_archived: ${partition}`);
  expect(log.some((line) => line.includes('operation failed'))).toBe(true);
  expect((await restore(service, { operationId: id })).body).toMatchObject({ affected: 0 });
  expect(await countLive(service, symbol)).toBe(ROWS);
});

/** A run that ends after so many transactions: the plan is one, and each step. */
async function runFor(id: number, transactions: number): Promise<void> {
  let left = transactions;
  const dying: Database = {
    capabilities: database.capabilities,
    run: (...args) => database.run(...args),
    transaction: async (...args) => {
      if (left-- > 0) return database.transaction(...args);
      throw new DatabaseError('conflict', 'the runner has died', { rolledBack: true });
    },
    close: async () => undefined,
  };
  await continueOperation(dying, id, { deadline: Date.now() + 20_000, idempotent: true }, logger, Date.now() + 10_000);
}

test('alert logs: deleted and undone in steps', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  const logs = Array.from({ length: 5 }, (_, n) => alert(ruleId, { symbol, timestamp: `2026-11-02T01:00:0${n}Z` }));
  await store(service, logs, 'alert-logs');
  const id = await start(symbol, { table: 'alert_logs' });
  await run(id);
  expect(await operation(id, 'alert-logs')).toMatchObject({ kind: 'deletion', status: 'done', affected: 5 });
  expect(await standing(service, symbol, 'alert-logs')).toEqual([]);
  const undo = await startInSteps(database, { operationId: id }, { kind: 'restoration', table: 'alert_logs' });
  await run(undo);
  expect(await operation(undo, 'alert-logs')).toMatchObject({ status: 'done', requested: 5, affected: 5 });
  expect(await standing(service, symbol, 'alert-logs')).toHaveLength(5);
});

test('an undo in steps restores exactly what is still deleted by the operation, and a redo deletes what is still live', async () => {
  const { symbol, ids } = await threeSteps();
  const id = await start(symbol);
  await run(id);
  await restore(service, { ids: ids.slice(0, 3) });
  const undo = await startInSteps(database, { operationId: id }, { kind: 'restoration' });
  await run(undo);
  expect(await operation(undo)).toMatchObject({ requested: ROWS, affected: ROWS - 3, unchanged: 3, rowsToDo: 0 });
  await remove(service, { ids: ids.slice(10, 12) });
  const redo = await startInSteps(database, { operationId: undo }, { kind: 'deletion' });
  await run(redo);
  expect(await operation(redo)).toMatchObject({ requested: ROWS - 3, affected: ROWS - 5, unchanged: 2 });
  expect((await standing(service, symbol)).toSorted((a, b) => a - b)).toEqual(ids.slice(0, 3));
  expect((await remove(service, filterOf(symbol))).body).toMatchObject({ affected: 3, unchanged: ROWS - 3 });
});

test('an undo in steps says, step by step, which later deletions had found its rows deleted', async () => {
  const { symbol, ids } = await threeSteps();
  const id = await start(symbol);
  await run(id);
  const { body: first } = await remove(service, { ids: ids.slice(0, 2) });
  // in steps, too: all of its rows were deleted when it began
  const second = await start(symbol);
  await run(second);
  expect(await operation(second)).toMatchObject({ status: 'done', requested: ROWS, affected: 0, unchanged: ROWS });
  const refused = await start(symbol, { expectedCount: 7 });
  await run(refused);
  expect(await operation(refused)).toMatchObject({ status: 'failed', affected: 0 });
  // whose rows the undo does not restore: they were restored, and deleted again
  await restore(service, { ids: ids.slice(20_000, 20_002) });
  await remove(service, { ids: ids.slice(20_000, 20_002) });
  await remove(service, { ids: ids.slice(20_000, 20_001) });

  const undo = await startInSteps(database, { operationId: id }, { kind: 'restoration' });
  expect(await operation(undo)).toMatchObject({ status: 'running', alsoDeletedBy: [] });
  await runFor(undo, 2);
  const named = [first.operationId, second];
  expect(await operation(undo)).toMatchObject({ status: 'running', affected: 10_000, alsoDeletedBy: named });
  // finds one row live and one that no step has restored yet
  const { body: between } = await remove(service, { ids: [ids[0], ids[ROWS - 1]] });
  expect(between).toMatchObject({ affected: 1, unchanged: 1 });
  await run(undo);
  const done = await operation(undo);
  expect(done).toMatchObject({ status: 'done', affected: ROWS - 2, alsoDeletedBy: [...named, between.operationId] });
  const { body: after } = await remove(service, { ids: ids.slice(5, 7) });
  expect(after).toMatchObject({ affected: 2 });
  await remove(service, { ids: ids.slice(5, 7) });
  expect(await operation(undo)).toEqual(done);
  expect(await operation(id)).not.toHaveProperty('alsoDeletedBy');
});

test('an undo of one transaction names a later deletion in steps, and says so when its receipt has expired', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(6, { symbol }, '2026-11-02T01:00:00Z'));
  const { body: deletion } = await remove(service, { ids: [ids[1], ids[3]] });
  const later = await start(symbol);
  await run(later);
  expect(await operation(later)).toMatchObject({ requested: 6, affected: 4, unchanged: 2 });
  const dry = await restore(service, { operationId: deletion.operationId, dryRun: true });
  const undo = await restore(service, { operationId: deletion.operationId });
  expect([dry.body, undo.body]).toMatchObject([{ alsoDeletedBy: [later] }, { alsoDeletedBy: [later], affected: 2 }]);
  await withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    await client.query('alter table tick_store.operations disable trigger operation_is_final');
    await client.query('update tick_store.operations set receipt = null where id = $1', [undo.body.operationId]);
    await client.query('alter table tick_store.operations enable trigger operation_is_final');
    await client.query('commit');
  });
  expect(await operation(undo.body.operationId)).toMatchObject({ affected: 2, alsoDeletedBy: [later] });
  // its own rows are all that the other one still holds
  const undone = await startInSteps(database, { operationId: later }, { kind: 'restoration' });
  await run(undone);
  expect(await operation(undone)).toMatchObject({ affected: 4, alsoDeletedBy: [] });
  expect(await standing(service, symbol)).toHaveLength(6);
});

test('a step of an undo sees a deletion that it has waited for', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(2, { symbol }, '2026-11-02T01:00:00Z'));
  const { body: deletion } = await remove(service, { ids });
  const undo = await startInSteps(database, { operationId: deletion.operationId }, { kind: 'restoration' });
  await runFor(undo, 1);
  await withClient(service.database.ownerUrl, async (client) => {
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `insert into tick_store.operations (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor, affected, receipt)
       select n, n, 'deletion', 'market_data', '{}', 'test', 'test', $1, 'test', 0, '' from nextval('tick_store.history_number') n
       returning id`,
      [symbol],
    );
    await client.query('select from tick_store.market_data where id = $1 for no key update', [ids[1]]);
    await client.query(
      `insert into tick_store.operation_rows (operation_id, step, found, affected) values ($1, 0, int8multirange(int8range($2, $2, '[]')), '{}')`,
      [rows[0]?.id, ids[1]],
    );
    const running = run(undo);
    await waiting(service, 1);
    await client.query('commit');
    await running;
    const named = { status: 'done', affected: 2, alsoDeletedBy: [Number(rows[0]?.id)] };
    expect(await operation(undo)).toMatchObject(named);
  });
});

test('an undo names the first thousand of later deletions', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(2, { symbol }, '2026-11-02T01:00:00Z'));
  const { body: deletion } = await remove(service, { ids });
  const later = await withClient(service.database.ownerUrl, async (client) => {
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `insert into tick_store.operations (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor, affected, receipt)
       select n, n, 'deletion', 'market_data', '{}', 'test', 'test', $1 || n, 'test', 0, ''
         from (select nextval('tick_store.history_number') as n from generate_series(1, 1001)) numbers
       returning id`,
      [symbol],
    );
    await client.query(
      `insert into tick_store.operation_rows (operation_id, step, found, affected)
       select id, 0, int8multirange(int8range($2, $2, '[]')), '{}' from unnest($1::int8[]) id`,
      [rows.map(({ id }) => id), ids[0]],
    );
    await client.query('commit');
    return rows.map(({ id }) => Number(id)).sort((a, b) => a - b);
  });
  const { body: dry } = await restore(service, { operationId: deletion.operationId, dryRun: true });
  expect(dry.alsoDeletedBy).toEqual(later.slice(0, 1000));
  const undo = await startInSteps(database, { operationId: deletion.operationId }, { kind: 'restoration' });
  await run(undo);
  expect(await operation(undo)).toMatchObject({ affected: 2, alsoDeletedBy: later.slice(0, 1000) });
});
