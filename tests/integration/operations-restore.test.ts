import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  allPages,
  effectOf,
  newestFirst,
  newInstrument,
  newSeries,
  remove,
  restore,
  standing,
} from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('an undo restores exactly what its deletion deleted', async () => {
  const { symbol, ids } = await newSeries(service, 6);
  await remove(service, { ids: ids.slice(0, 2) });
  const { body: deletion } = await remove(service, { ids: ids.slice(0, 4) });
  const { status, body } = await restore(service, { operationId: deletion.operationId });
  expect([status, body]).toMatchObject([
    200,
    { kind: 'restoration', requested: 2, affected: 2, unchanged: 0, notFound: 0 },
  ]);
  expect(body.ids).toEqual({ affected: [[ids[2], ids[3]]], unchanged: [], notFound: [] });
  expect(await standing(service, symbol)).toEqual(newestFirst(ids.slice(2)));
  const [row] = (await service.get('/v1/market-data', { query: { symbol, limit: 1 } })).body.data;
  expect(row).toMatchObject({ deletedAt: null, deletedBy: null });
});

test('an undo repeated changes nothing and is not an error', async () => {
  const { ids } = await newSeries(service, 3);
  const { body: deletion } = await remove(service, { ids });
  await restore(service, { operationId: deletion.operationId });
  const again = await restore(service, { operationId: deletion.operationId });
  expect([again.status, again.body]).toMatchObject([200, { requested: 3, affected: 0, unchanged: 3, notFound: 0 }]);
});

test('an undo after some rows were already restored restores the rest', async () => {
  const { symbol, ids } = await newSeries(service, 5);
  const { body: deletion } = await remove(service, { ids, batchSize: 2 });
  await restore(service, { ids: ids.slice(1, 3) });
  const { body } = await restore(service, { operationId: deletion.operationId });
  expect(body).toMatchObject({ requested: 5, affected: 3, unchanged: 2, ids: { unchanged: [[ids[1], ids[2]]] } });
  expect(await standing(service, symbol)).toHaveLength(5);
});

test('an undo does not restore what another operation has deleted since', async () => {
  const { symbol, ids } = await newSeries(service, 4);
  const { body: first } = await remove(service, { ids });
  await restore(service, { ids: [ids[1], ids[2]] });
  const { body: second } = await remove(service, { ids: [ids[2]] });
  const { body } = await restore(service, { operationId: first.operationId });
  expect(body.ids).toEqual({
    affected: [
      [ids[0], ids[0]],
      [ids[3], ids[3]],
    ],
    unchanged: [[ids[1], ids[2]]],
    notFound: [],
  });
  expect(await standing(service, symbol)).toEqual(newestFirst([ids[0], ids[1], ids[3]] as number[]));
  expect((await restore(service, { operationId: second.operationId })).body.affected).toBe(1);
});

test('an undo finds rows of any year, and may undo an operation that deleted nothing', async () => {
  const symbol = await newInstrument(service);
  const records = ['1970-01-01T00:00:00Z', '1987-10-19T09:30:00Z', '2026-11-01T00:00:00Z'].map((timestamp) =>
    tick({ symbol, timestamp }),
  );
  const { body: receipt } = await service.post('/v1/market-data', { records });
  const { body: deletion } = await remove(service, { filter: { symbol, start: '1970-01-01', end: '2027-01-01' } });
  expect(deletion.affected).toBe(3);
  const { body: nothing } = await remove(service, { batchId: receipt.batchId });
  expect((await restore(service, { operationId: nothing.operationId })).body).toMatchObject({
    requested: 0,
    affected: 0,
  });
  expect((await restore(service, { operationId: deletion.operationId })).body.affected).toBe(3);
});

test.each(['ids', 'batchId', 'filter', 'operationId'])(
  'a restoration by %s has counts, an accurate dry run, and a key',
  async (by) => {
    const { symbol, ids } = await newSeries(service, 4);
    const { body: deletion } = await remove(service, { ids: ids.slice(1) });
    const batchId = Math.floor((ids[0] as number) / 65_536);
    const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
    const selector = { [by]: { ids, batchId, filter, operationId: deletion.operationId }[by] };

    const wrong = await restore(service, { ...selector, expectedCount: 4 });
    expect(wrong.body).toMatchObject({ code: 'expected_count_mismatch', affected: 3 });
    const dry = await restore(service, { ...selector, dryRun: true, expectedCount: 3 });
    expect(dry.body).toMatchObject({ operationId: null, kind: 'restoration', dryRun: true });
    expect(await standing(service, symbol)).toEqual([ids[0]]);

    const headers = { 'Idempotency-Key': `restore-by-${by}` };
    const real = await restore(service, { ...selector, expectedCount: 3 }, { headers });
    expect(effectOf(real)).toEqual(effectOf(dry));
    expect(real.body.ids.affected).toEqual([[ids[1], ids[3]]]);
    await remove(service, { ids: ids.slice(1) });
    const replay = await restore(service, { ...selector, expectedCount: 3 }, { headers });
    expect([replay.text, replay.headers.get('idempotency-replayed')]).toEqual([real.text, 'true']);
    expect(await standing(service, symbol)).toEqual([ids[0]]);
  },
);

test('only a deletion of the same records can be undone', async () => {
  const { ids } = await newSeries(service, 1);
  const { body: deletion } = await remove(service, { ids });
  const { body: undo } = await restore(service, { operationId: deletion.operationId });
  for (const dryRun of [false, true]) {
    const ofUndo = await restore(service, { operationId: undo.operationId, dryRun });
    expect([ofUndo.status, ofUndo.body.code]).toEqual([422, 'not_a_deletion']);
    const unknown = await restore(service, { operationId: 9_007_199_254_740_991, dryRun });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'operation_not_found']);
    const ofOthers = await restore(service, { operationId: deletion.operationId, dryRun }, {}, 'alert-logs');
    expect([ofOthers.status, ofOthers.body.code]).toEqual([404, 'operation_not_found']);
  }
});

test('every operation stays readable by id, byte for byte, and in the list, newest first', async () => {
  const { ids } = await newSeries(service, 4);
  const replies = [
    await remove(service, { ids: ids.slice(0, 3) }),
    await restore(service, { ids: [ids[1]] }),
    await remove(service, { ids: [] }),
    await restore(service, { ids: [ids[0], ids[2]] }),
  ];
  await remove(service, { ids, dryRun: true });
  for (const reply of replies) {
    const again = await service.get(`/v1/market-data/operations/${reply.body.operationId}`);
    expect([again.status, again.text]).toEqual([200, reply.text]);
  }
  const { body } = await service.get('/v1/market-data/operations', { query: { limit: 4 } });
  expect(body.data).toEqual(replies.map((reply) => reply.body).reverse());

  const wasDeletion = await service.get(`/v1/alert-logs/operations/${replies[0]?.body.operationId}`);
  expect([wasDeletion.status, wasDeletion.body.code]).toEqual([404, 'operation_not_found']);
});

test('paging through the list of operations skips none while others are added', async () => {
  const { ids } = await newSeries(service, 1);
  for (let n = 0; n < 5; n++) await (n % 2 ? restore(service, { ids }) : remove(service, { ids }));
  const standingOperations = await service.sql<{ id: string }>(
    `select id from tick_store.operations where target = 'market_data' order by id desc`,
  );
  const walked = await allPages(service, '/v1/market-data/operations', { limit: 3 }, () =>
    remove(service, { ids: [] }),
  );
  expect(walked.map((row) => row.operationId)).toEqual(standingOperations.map((row) => Number(row.id)));
});

test('a deleted tick is a tombstone to its feed, and a duplicate again once restored', async () => {
  const symbol = await newInstrument(service);
  const records = [1, 2].map((sequence) => tick({ symbol, sequence }));
  const { body: first } = await service.post('/v1/market-data', { records });
  const { body: deletion } = await remove(service, { ids: [first.firstId] });
  const again = await service.post('/v1/market-data', { records });
  expect(again.body).toMatchObject({
    inserted: 0,
    tombstoned: 1,
    duplicates: 1,
    outcomes: { tombstoned: [[0, 0]], duplicates: [[1, 1]] },
  });
  expect(await standing(service, symbol)).toEqual([first.firstId + 1]);
  await restore(service, { operationId: deletion.operationId });
  const once = await service.post('/v1/market-data', { records });
  expect(once.body).toMatchObject({ inserted: 0, tombstoned: 0, duplicates: 2 });
});
