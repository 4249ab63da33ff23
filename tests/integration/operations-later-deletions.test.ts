import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLaterDeletions, type LaterDeletions } from '../../functions/operations/sql/later-deletions.ts';
import { startInSteps } from '../support/large-operations.ts';
import { waiting } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument, remove, restore, standing, store } from '../support/records.ts';
import type { TestService } from '../support/service.ts';
import { ROWS, STEP, type StepwiseService, startStepwiseService } from '../support/stepwise-service.ts';
import { ticks } from '../support/ticks.ts';

/** Which later deletions found rows of an undo already deleted, when the undo or the deletion runs in steps. */

let stepwise: StepwiseService;
let service: TestService;
beforeAll(async () => {
  stepwise = await startStepwiseService();
  service = stepwise.service;
});
afterAll(() => stepwise.stop());

test('an undo in steps reports, step by step, which later deletions found its rows already deleted', async () => {
  const { symbol, ids } = await stepwise.threeSteps();
  const id = await stepwise.start(symbol);
  await stepwise.run(id);
  const { body: first } = await remove(service, { ids: ids.slice(0, 2) });
  // this deletion runs in steps too: all of its rows were already deleted when it began
  const second = await stepwise.start(symbol);
  await stepwise.run(second);
  expect(await stepwise.operation(second)).toMatchObject({
    status: 'done',
    requested: ROWS,
    affected: 0,
    unchanged: ROWS,
  });
  const refused = await stepwise.start(symbol, { expectedCount: 7 });
  await stepwise.run(refused);
  expect(await stepwise.operation(refused)).toMatchObject({ status: 'failed', affected: 0 });
  // not named: the undo does not restore its rows, which were restored and deleted again
  const ofLastStep = ids.slice(2 * STEP, 2 * STEP + 2);
  await restore(service, { ids: ofLastStep });
  await remove(service, { ids: ofLastStep });
  await remove(service, { ids: ofLastStep.slice(0, 1) });

  const named = [first.operationId, second];
  // what a dry run of the undo would name if the undo were large
  const statement = findLaterDeletions('market_data', id);
  const options = { deadline: Date.now() + 20_000, idempotent: true };
  const [would] = await stepwise.database.run<LaterDeletions>(statement, options);
  expect(JSON.parse(would?.ids ?? '')).toEqual(named);
  const undo = await startInSteps(stepwise.database, { operationId: id }, { kind: 'restoration' });
  expect(await stepwise.operation(undo)).toMatchObject({ status: 'running', alsoDeletedBy: [] });
  await stepwise.runFor(undo, 2);
  expect(await stepwise.operation(undo)).toMatchObject({ status: 'running', affected: STEP, alsoDeletedBy: named });
  // this deletion finds one row live, and one that no step has restored yet
  const { body: between } = await remove(service, { ids: [ids[0], ids[ROWS - 1]] });
  expect(between).toMatchObject({ affected: 1, unchanged: 1 });
  await stepwise.run(undo);
  const done = await stepwise.operation(undo);
  expect(done).toMatchObject({ status: 'done', affected: ROWS - 2, alsoDeletedBy: [...named, between.operationId] });
  const { body: after } = await remove(service, { ids: ids.slice(5, 7) });
  expect(after).toMatchObject({ affected: 2 });
  await remove(service, { ids: ids.slice(5, 7) });
  expect(await stepwise.operation(undo)).toEqual(done);
  expect(await stepwise.operation(id)).not.toHaveProperty('alsoDeletedBy');
});

test('an undo in one transaction names a later deletion in steps, even when its receipt has expired', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(6, { symbol }, '2026-11-02T01:00:00Z'));
  const { body: deletion } = await remove(service, { ids: [ids[1], ids[3]] });
  const later = await stepwise.start(symbol);
  await stepwise.run(later);
  expect(await stepwise.operation(later)).toMatchObject({ requested: 6, affected: 4, unchanged: 2 });
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
  expect(await stepwise.operation(undo.body.operationId)).toMatchObject({ affected: 2, alsoDeletedBy: [later] });
  // the other deletion now holds only its own rows
  const undone = await startInSteps(stepwise.database, { operationId: later }, { kind: 'restoration' });
  await stepwise.run(undone);
  expect(await stepwise.operation(undone)).toMatchObject({ affected: 4, alsoDeletedBy: [] });
  expect(await standing(service, symbol)).toHaveLength(6);
});

test('a step of an undo sees a deletion that it has waited for', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(2, { symbol }, '2026-11-02T01:00:00Z'));
  const { body: deletion } = await remove(service, { ids });
  const undo = await startInSteps(stepwise.database, { operationId: deletion.operationId }, { kind: 'restoration' });
  await stepwise.runFor(undo, 1);
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
    const running = stepwise.run(undo);
    await waiting(service, 1);
    await client.query('commit');
    await running;
    const named = { status: 'done', affected: 2, alsoDeletedBy: [Number(rows[0]?.id)] };
    expect(await stepwise.operation(undo)).toMatchObject(named);
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
  const undo = await startInSteps(stepwise.database, { operationId: deletion.operationId }, { kind: 'restoration' });
  await stepwise.run(undo);
  expect(await stepwise.operation(undo)).toMatchObject({ affected: 2, alsoDeletedBy: later.slice(0, 1000) });
});
