import { afterAll, beforeAll, expect, test } from 'vitest';
import { pasteable } from '../../bin/sql/paste-statement.ts';
import { turnOf } from '../../functions/operations/turn-of.ts';
import { countLive, startInSteps } from '../support/large-operations.ts';
import { waiting, whileHolding, whileRowsBecome } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, remove, restore, standing, store } from '../support/records.ts';
import type { TestService } from '../support/service.ts';
import { PERIOD, ROWS, STEP, type StepwiseService, startStepwiseService } from '../support/stepwise-service.ts';
import { ticks } from '../support/ticks.ts';

/** What an operation in steps does between its steps. The operations here have few rows but are started as large ones are. */

let stepwise: StepwiseService;
let service: TestService;
beforeAll(async () => {
  stepwise = await startStepwiseService();
  service = stepwise.service;
});
afterAll(() => stepwise.stop());

const idOf = async (symbol: string): Promise<number> => (await service.get(`/v1/instruments/${symbol}`)).body.id;
const filterOf = (symbol: string) => ({ filter: { symbol, ...PERIOD } });

test('concurrent runners, scheduled and not, run every step once', async () => {
  const { symbol } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  const changed = await Promise.all([stepwise.run(id), stepwise.run(id), stepwise.run(id)]);
  const scheduled = await stepwise.schedule();
  expect(scheduled.ok).toBe(true);
  await stepwise.run(id);
  const [noted] = await service.sql<{ steps: number; rows: number; distinct: number }>(
    `select count(*)::int as steps, sum(tick_store.cardinality(affected))::int as rows,
            tick_store.cardinality(range_agg(affected))::int as distinct
       from tick_store.operation_rows where operation_id = $1`,
    [id],
  );
  expect(noted).toEqual({ steps: 3, rows: ROWS, distinct: ROWS });
  const byRunners = changed.reduce((sum, { deleted }) => sum + deleted, 0);
  expect(byRunners).toBeLessThanOrEqual(ROWS);
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: ROWS, rowsDone: ROWS, rowsToDo: 0 });
  expect(await standing(service, symbol)).toEqual([]);
});

test('a killed step has changed nothing, and the next run runs it and the rest', async () => {
  const { symbol, ids } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  // a lock on one of its rows blocks the second step, and the server ends it there
  await whileHolding(
    service,
    `select from tick_store.market_data where id = ${ids[STEP + STEP / 5]} for update`,
    async (release) => {
      const running = stepwise.run(id).catch((error: Error) => error);
      await waiting(service, 1);
      await withClient(service.database.superuserUrl, (client) => client.query(KILL_WHO_WAITS));
      expect(await stepwise.operation(id)).toMatchObject({ status: 'running', affected: STEP, rowsDone: STEP });
      expect(await countLive(service, symbol)).toBe(ROWS - STEP);
      await release();
      await running;
    },
  );
  await stepwise.schedule();
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: ROWS, unchanged: 0, rowsToDo: 0 });
  expect(await standing(service, symbol)).toEqual([]);
});

const KILL_WHO_WAITS = `
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and wait_event_type = 'Lock' and usename = 'tick_store_app'`;

test('if a runner crashes between steps, the schedule runs the rest', async () => {
  const { symbol } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  await stepwise.runFor(id, 2);
  expect(await stepwise.operation(id)).toMatchObject({
    status: 'running',
    affected: STEP,
    rowsDone: STEP,
    rowsToDo: ROWS - STEP,
  });
  await stepwise.schedule();
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: ROWS });
  expect(await standing(service, symbol)).toEqual([]);
});

test('rows of later batches and rows restored since are not affected, and rows deleted by others are unchanged', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(10, { symbol }, '2026-11-02T01:00:00Z'));
  const deletedBefore = ids.slice(0, 2);
  const { body: before } = await remove(service, { ids: deletedBefore });
  const id = await stepwise.start(symbol);
  const later = await store(service, ticks(3, { symbol }, '2026-11-02T02:00:00Z'));
  await restore(service, { operationId: before.operationId });
  await remove(service, { ids: ids.slice(8) });
  await stepwise.run(id);
  const done = await stepwise.operation(id);
  // rows that others deleted since were live when it began, so they belong to it, and count as unchanged
  expect(done).toMatchObject({ status: 'done', requested: 10, affected: 6, unchanged: 4, rowsDone: 8, rowsToDo: 0 });
  expect((await standing(service, symbol)).toSorted((a, b) => a - b)).toEqual([...deletedBefore, ...later]);
});

test('a batch that commits after the start is not affected, although its number came first', async () => {
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
    const started = await stepwise.start(symbol);
    await client.query('commit');
    return started;
  });
  await stepwise.run(id);
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', requested: 2, affected: ids.length });
  expect(await standing(service, symbol)).toHaveLength(1);
});

test('while it runs, its undo and reads as of it are refused, but earlier and current reads are not', async () => {
  const { symbol, ids } = await stepwise.threeSteps();
  const batchId = Math.floor((ids[0] as number) / 65_536);
  const id = await stepwise.start(symbol);
  await stepwise.runFor(id, 2);
  expect(await stepwise.operation(id)).toMatchObject({
    status: 'running',
    affected: STEP,
    failure: null,
    finishedAt: null,
  });
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
  expect(await countLive(service, symbol)).toBe(ROWS - STEP);
  await stepwise.schedule();
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: ROWS });
  expect((await service.get('/v1/market-data', { query: { symbol, asOf: `operation:${id}` } })).body.data).toEqual([]);
});

test('expectedCount is compared with the rows at the start, and if it differs, nothing changes and the operation reports it', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(5, { symbol }, '2026-11-02T01:00:00Z'));
  const id = await stepwise.start(symbol, { expectedCount: 4 });
  await stepwise.run(id);
  expect(await stepwise.operation(id)).toMatchObject({
    ...{ status: 'failed', affected: 0, rowsDone: 0 },
    failure: '5 rows would change, not 4; nothing was changed',
  });
  expect(await standing(service, symbol)).toHaveLength(ids.length);
  const right = await stepwise.start(symbol, { expectedCount: 5 });
  await stepwise.run(right);
  expect(await stepwise.operation(right)).toMatchObject({ status: 'done', affected: 5, failure: null });
});

test('rows that are archived meanwhile end it: it names them, and its undo reverses what it did', async () => {
  const { symbol } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  // its rows are planned, then the month is detached
  const [partition, moved] = ['market_data_2026_11', 'tick_store_archive.market_data_2026_11'];
  const detach = `alter table tick_store.market_data detach partition tick_store.${partition};
                  alter table tick_store.${partition} set schema tick_store_archive`;
  const attach = `alter table ${moved} set schema tick_store;
                  alter table tick_store.market_data attach partition tick_store.${partition} for values from ('2026-11-01Z') to ('2026-12-01Z')`;
  await stepwise.runFor(id, 1);
  const owner = (text: string) => withClient(service.database.ownerUrl, (client) => client.query(text));
  await owner(detach);
  try {
    await stepwise.run(id);
  } finally {
    await owner(attach);
  }
  const failed = await stepwise.operation(id);
  expect(failed).toMatchObject({ status: 'failed', affected: 0, rowsToDo: ROWS, finishedAt: expect.any(String) });
  expect(failed.failure).toContain(`rows_archived: ${partition}`);
  expect(stepwise.log.some((line) => line.includes('operation failed'))).toBe(true);
  expect((await restore(service, { operationId: id })).body).toMatchObject({ affected: 0 });
  expect(await countLive(service, symbol)).toBe(ROWS);
});

test('alert logs are deleted and restored in steps', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  const logs = Array.from({ length: 5 }, (_, n) => alert(ruleId, { symbol, timestamp: `2026-11-02T01:00:0${n}Z` }));
  await store(service, logs, 'alert-logs');
  const id = await stepwise.start(symbol, { table: 'alert_logs' });
  await stepwise.run(id);
  expect(await stepwise.operation(id, 'alert-logs')).toMatchObject({ kind: 'deletion', status: 'done', affected: 5 });
  expect(await standing(service, symbol, 'alert-logs')).toEqual([]);
  const undo = await startInSteps(stepwise.database, { operationId: id }, { kind: 'restoration', table: 'alert_logs' });
  await stepwise.run(undo);
  expect(await stepwise.operation(undo, 'alert-logs')).toMatchObject({ status: 'done', requested: 5, affected: 5 });
  expect(await standing(service, symbol, 'alert-logs')).toHaveLength(5);
});

test('an undo in steps restores exactly what is still deleted by the operation, and a redo deletes what is still live', async () => {
  const { symbol, ids } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  await stepwise.run(id);
  await restore(service, { ids: ids.slice(0, 3) });
  const undo = await startInSteps(stepwise.database, { operationId: id }, { kind: 'restoration' });
  await stepwise.run(undo);
  expect(await stepwise.operation(undo)).toMatchObject({
    requested: ROWS,
    affected: ROWS - 3,
    unchanged: 3,
    rowsToDo: 0,
  });
  await remove(service, { ids: ids.slice(10, 12) });
  const redo = await startInSteps(stepwise.database, { operationId: undo }, { kind: 'deletion' });
  await stepwise.run(redo);
  expect(await stepwise.operation(redo)).toMatchObject({ requested: ROWS - 3, affected: ROWS - 5, unchanged: 2 });
  expect((await standing(service, symbol)).toSorted((a, b) => a - b)).toEqual(ids.slice(0, 3));
  expect((await remove(service, filterOf(symbol))).body).toMatchObject({ affected: 3, unchanged: ROWS - 3 });
});

test('a step changes rows that returned to the right state while it waited for them', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(20, { symbol }, '2026-11-02T01:00:00Z'));
  const id = await stepwise.start(symbol);
  await stepwise.runFor(id, 1);
  await remove(service, { ids: ids.slice(0, 5) });
  await whileRowsBecome(service, 'live', ids.slice(0, 5), () => stepwise.run(id));
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: 20 });
});

test('a step waits for its turn, and has locked nothing until then', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(20, { symbol }, '2026-11-02T01:00:00Z'));
  const id = await stepwise.start(symbol);
  await stepwise.runFor(id, 1);
  await whileHolding(service, pasteable(turnOf('market_data', { by: 'ids', ids, among: '{}' })), async (release) => {
    const running = stepwise.run(id);
    await waiting(service, 1);
    await service.sql('select from tick_store.market_data where id = any($1::int8[]) for update nowait', [ids]);
    await release();
    await running;
  });
  expect(await stepwise.operation(id)).toMatchObject({ status: 'done', affected: 20 });
});
