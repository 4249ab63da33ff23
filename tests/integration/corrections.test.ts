import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { correctionsOf } from '../support/corrections.ts';
import { outcomesOf, rowCounts } from '../support/receipts.ts';
import { expand, newInstrument, remove, restore, standing, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, tick, ticks } from '../support/ticks.ts';

/** `onConflict=replace` replaces a row that is deleted or is stored with other values, and the replacement can be undone. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const { replace, oneTick, prices, operation } = correctionsOf(() => service);

test('each row of a batch is inserted, replaced, or a duplicate, and a deleted row is replaced too', async () => {
  const symbol = await newInstrument(service);
  const rows = ticks(4, { symbol }).map((row, index) => ({ ...row, sequence: index }));
  const ids = await store(service, rows.slice(0, 3));
  await remove(service, { ids: [ids[2]] });
  const batch = [rows[0], { ...rows[1], price: 7 }, rows[2], rows[3], tick({ symbol, price: 'x' })] as TickInput[];
  const { status, body } = await replace(batch);
  expect([status, outcomesOf(body)]).toEqual([200, ['duplicates', 'replaced', 'replaced', 'inserted', 'rejected']]);
  expect(body).toMatchObject({ inserted: 1, replaced: 2, duplicates: 1, conflicts: 0, tombstoned: 0, rejected: 1 });
  const first = body.firstId;
  expect(await prices(symbol)).toEqual([
    [ids[0], 4300],
    [first + 1, 7],
    [first + 2, 4302],
    [first + 3, 4303],
  ]);
  expect(await operation(body.operationId)).toMatchObject({
    ...{ operationId: body.operationId, kind: 'correction', reason: 'bad print', actor: 'local', dryRun: false },
    ...{ requested: 2, affected: 1, unchanged: 1, notFound: 0, batchId: body.batchId },
    ids: { affected: [[ids[1], ids[1]]], unchanged: [[ids[2], ids[2]]], notFound: [] },
    stored: [[first + 1, first + 2]],
  });
  const old = await service.get(`/v1/market-data/${ids[1]}`, { query: { includeDeleted: true } });
  expect(old.body).toMatchObject({ price: 4301, deletedBy: body.operationId });

  const again = await replace(batch.slice(0, 4));
  expect(again.body).toMatchObject({ inserted: 0, replaced: 0, duplicates: 4, operationId: null });
  const kept = await service.post('/v1/market-data', { records: rows });
  expect(kept.body).toMatchObject({ duplicates: 3, conflicts: 1, inserted: 0 });
  expect(kept.body).not.toHaveProperty('replaced');
});

test('the receipt is the same by its key and by its batchId, and a batch of duplicates has no correction', async () => {
  const { row } = await oneTick();
  const first = await replace([{ ...row, price: 2 }], {}, `correction ${row['symbol']}`.replace(' ', '-'));
  const second = await replace([{ ...row, price: 2 }], {}, `correction ${row['symbol']}`.replace(' ', '-'));
  expect([second.text, second.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
  expect((await service.get(`/v1/market-data/batches/${first.body.batchId}`)).text).toBe(first.text);
  const { body } = await replace([tick({ symbol: row['symbol'], sequence: 2 })]);
  expect(body).toMatchObject({ inserted: 1, replaced: 0, operationId: null, outcomes: { replaced: [] } });
  expect((await service.get(`/v1/market-data/operations/${body.batchId}`)).status).toBe(404);
  expect((await replace([tick({ symbol: row['symbol'] })])).body).toMatchObject({ inserted: 1, replaced: 0 });
});

test('an undo deletes the new rows and restores those that the correction deleted, and a redo reverses this', async () => {
  const symbol = await newInstrument(service);
  const rows = ticks(3, { symbol }).map((row, index) => ({ ...row, sequence: index }));
  const ids = await store(service, rows);
  await remove(service, { ids: [ids[2]] });
  const { body } = await replace(rows.map((row) => ({ ...row, price: 9 })));
  const corrected = await prices(symbol);
  expect(corrected).toHaveLength(3);

  const dry = await restore(service, { operationId: body.operationId, dryRun: true, expectedCount: 5 });
  const wrong = await restore(service, { operationId: body.operationId, expectedCount: 2 });
  expect([wrong.status, wrong.body]).toMatchObject([409, { code: 'expected_count_mismatch', affected: 5 }]);
  expect(await prices(symbol)).toEqual(corrected);
  const undo = await restore(service, { operationId: body.operationId, expectedCount: 5 });
  const counts = { requested: 5, affected: 5, unchanged: 0, notFound: 0, alsoDeletedBy: [] };
  expect([dry.body, undo.body]).toMatchObject([counts, counts]);
  expect(dry.body.ids).toEqual(undo.body.ids);
  expect(expand(undo.body.ids.affected)).toEqual([ids[0], ids[1], body.firstId, body.firstId + 1, body.firstId + 2]);
  expect(await standing(service, symbol)).toEqual([ids[1], ids[0]]);
  const twice = await restore(service, { operationId: body.operationId });
  expect(twice.body).toMatchObject({ requested: 5, affected: 0, unchanged: 5 });

  const redo = { operationId: undo.body.operationId };
  const dryRedo = await remove(service, { ...redo, dryRun: true });
  const redone = await remove(service, redo);
  expect([dryRedo.body, redone.body]).toMatchObject([{ affected: 5 }, { kind: 'deletion', affected: 5, unchanged: 0 }]);
  expect(await prices(symbol)).toEqual(corrected);
  const undoneAgain = await restore(service, { operationId: redone.body.operationId });
  expect(undoneAgain.body).toMatchObject({ affected: 5 });
  expect(await standing(service, symbol)).toEqual([ids[1], ids[0]]);
});

test('only one revision per key is live, and restorations count the others as unchanged', async () => {
  const { symbol, id, row } = await oneTick();
  const { body: second } = await replace([{ ...row, price: 2 }]);
  const { body: third } = await replace([{ ...row, price: 3 }]);
  const filter = { symbol, start: '2026-11-02', end: '2026-11-02' };
  const unchanged = { affected: 0 };
  expect((await restore(service, { ids: [id, second.firstId] })).body).toMatchObject({ ...unchanged, unchanged: 2 });
  expect((await restore(service, { filter })).body).toMatchObject({ ...unchanged, unchanged: 3 });
  // its row has been replaced since, and another revision is now live
  expect((await restore(service, { operationId: second.operationId })).body).toMatchObject({
    ...unchanged,
    unchanged: 2,
  });
  expect((await restore(service, { operationId: third.operationId })).body).toMatchObject({ affected: 2 });
  expect(await prices(symbol)).toEqual([[second.firstId, 2]]);

  // if several deleted revisions are selected, the one deleted last is restored
  await remove(service, { filter });
  const dry = await restore(service, { filter, dryRun: true });
  const back = await restore(service, { filter });
  expect([dry.body.ids, back.body.ids.affected]).toEqual([back.body.ids, [[second.firstId, second.firstId]]]);
  await remove(service, { filter });
  expect((await restore(service, { ids: [id, second.firstId], batchSize: 1 })).body.ids.affected).toEqual([
    [second.firstId, second.firstId],
  ]);
  // any of them can be restored by its id
  await remove(service, { filter });
  expect((await restore(service, { ids: [id] })).body).toMatchObject({ affected: 1 });
  expect(await prices(symbol)).toEqual([[id, 1]]);
});

test('an undo reports which later deletions found its rows already deleted', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(3, { symbol }));
  const { body: first } = await remove(service, { ids: ids.slice(0, 2) });
  const { body: second } = await remove(service, { ids });
  const { body: apart } = await remove(service, { ids: [ids[2]] });
  const dry = await restore(service, { operationId: first.operationId, dryRun: true });
  const undo = await restore(service, { operationId: first.operationId });
  expect([dry.body.alsoDeletedBy, undo.body.alsoDeletedBy]).toEqual([[second.operationId], [second.operationId]]);
  const last = await restore(service, { operationId: second.operationId });
  expect(last.body.alsoDeletedBy).toEqual([apart.operationId]);
  expect((await restore(service, { ids })).body).not.toHaveProperty('alsoDeletedBy');
});

test('the undo of a correction reports which later deletion deleted its new row', async () => {
  const { symbol, row, id } = await oneTick();
  const { body } = await replace([{ ...row, price: 2 }]);
  const { body: deletion } = await remove(service, { ids: [body.firstId] });
  const undo = await restore(service, { operationId: body.operationId });
  expect(undo.body).toMatchObject({ affected: 1, unchanged: 1, alsoDeletedBy: [deletion.operationId] });
  expect(await standing(service, symbol)).toEqual([id]);
});

test('a redo of a restoration deletes the restored rows that are still live', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, ticks(4, { symbol }));
  const { body: deletion } = await remove(service, { ids: ids.slice(0, 3) });
  const { body: undo } = await restore(service, { operationId: deletion.operationId });
  await remove(service, { ids: [ids[0]] });
  const redo = await remove(service, { operationId: undo.operationId, expectedCount: 2 });
  expect(redo.body).toMatchObject({ requested: 3, affected: 2, unchanged: 1, notFound: 0 });
  expect(await standing(service, symbol)).toEqual([ids[3]]);
  const wrong = await remove(service, { operationId: deletion.operationId });
  expect([wrong.status, wrong.body.code]).toEqual([422, 'not_a_restoration']);
  const undoOfUndo = await restore(service, { operationId: undo.operationId });
  expect([undoOfUndo.status, undoOfUndo.body.code]).toEqual([422, 'not_a_deletion']);
});

test('an atomic correction is stored as a whole or not at all', async () => {
  const { symbol, row } = await oneTick();
  const before = await rowCounts(service);
  const refused = await replace([{ ...row, price: 2 }, tick({ symbol, price: 'x' })], { atomic: true });
  expect([refused.status, refused.body]).toMatchObject([
    422,
    { code: 'atomic_rejected', inserted: 0, replaced: 1, rejected: 1, outcomes: { replaced: [[0, 0]] } },
  ]);
  expect(await rowCounts(service)).toEqual(before);
  const { body } = await replace([{ ...row, price: 2 }], { atomic: true });
  expect(body).toMatchObject({ replaced: 1 });
});

test('bars are replaced by instrument, timestamp and length', async () => {
  const symbol = await newInstrument(service);
  const bar = (price: number) => tick({ symbol, timestamp: '2026-11-02T14:30:00Z', price });
  const forming = (price: number, bars = '1m') => replace([bar(price)], { bars });
  expect((await forming(1)).body).toMatchObject({ inserted: 1, replaced: 0 });
  expect((await forming(1, '1h')).body).toMatchObject({ inserted: 1, replaced: 0 });
  const { body } = await forming(2);
  expect(body).toMatchObject({ replaced: 1 });
  expect(await prices(symbol, { bars: '1m' })).toEqual([[body.firstId, 2]]);
  const undo = await restore(service, { operationId: body.operationId });
  expect(undo.body).toMatchObject({ affected: 2 });
  expect((await prices(symbol, { bars: '1m' })).map(([, price]) => price)).toEqual([1]);
  expect((await prices(symbol, { bars: '1h' })).map(([, price]) => price)).toEqual([1]);
});

test('a key with several rows of a packet is not changed', async () => {
  const symbol = await newInstrument(service);
  const rows = [1, 2].map((price) => tick({ symbol, sequence: 1, price }));
  await service.post('/v1/market-data', { records: rows }, { query: { sequenceOf: 'packet' } });
  const { body } = await replace([tick({ symbol, sequence: 1, price: 3 })]);
  expect(body).toMatchObject({ conflicts: 1, replaced: 0, operationId: null });
});

test('reads as of a batch, a correction, an undo and a redo show the rows that were live then', async () => {
  const { symbol, id, row } = await oneTick();
  const stored = Math.floor(id / 65_536);
  const { body } = await replace([{ ...row, price: 2 }]);
  const undo = (await restore(service, { operationId: body.operationId })).body.operationId;
  const redo = (await remove(service, { operationId: undo })).body.operationId;
  const third = (await replace([{ ...row, price: 3 }])).body;
  const asOf = (moment: string) => prices(symbol, { asOf: moment }).then((rows) => rows.map(([, price]) => price));
  expect(await asOf(`batch:${stored}`)).toEqual([1]);
  expect(await asOf(`batch:${body.batchId}`)).toEqual([2]);
  expect(await asOf(`operation:${body.operationId}`)).toEqual([2]);
  expect(await asOf(`operation:${undo}`)).toEqual([1]);
  expect(await asOf(`operation:${redo}`)).toEqual([2]);
  expect(await asOf(`batch:${third.batchId}`)).toEqual([3]);
  const was = await service.get('/v1/market-data', {
    query: { symbol, asOf: `operation:${undo}`, includeDeleted: true, order: 'asc' },
  });
  expect(was.body.data).toMatchObject([
    { id, deletedBy: null },
    { id: body.firstId, deletedBy: undo },
  ]);
});

describe('refused', () => {
  test.each([
    ['without a reason', { onConflict: 'replace' }, 'reason'],
    ['with a blank reason', { onConflict: 'replace', reason: ' ' }, 'reason'],
    ['a reason without replace', { reason: 'why' }, 'reason'],
    ['packets', { onConflict: 'replace', reason: 'why', sequenceOf: 'packet' }, 'onConflict'],
    ['another word', { onConflict: 'merge' }, 'onConflict'],
  ])('%s', async (_what, query, path) => {
    const { status, body } = await service.post('/v1/market-data', { records: [tick()] }, { query });
    expect([status, body.code, body.errors[0].path]).toEqual([422, 'invalid_request', path]);
  });

  test('of the parameter for alert logs, which have no key', async () => {
    const { status, body } = await service.post(
      '/v1/alert-logs',
      { records: [] },
      { query: { onConflict: 'replace' } },
    );
    expect([status, body.code]).toEqual([422, 'invalid_request']);
  });
});
