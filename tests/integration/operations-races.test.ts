import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { whileRowsBecome } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { expand, newestFirst, newInstrument, newSeries, remove, restore, standing, store } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

const sum = (replies: readonly Reply[], count: 'affected' | 'unchanged') =>
  replies.reduce((total, { body }) => total + body[count], 0);
const statuses = (replies: readonly Reply[]) => [...new Set(replies.map((reply) => reply.status))];

test('in concurrent deletions of the same rows, each row counts once', async () => {
  const { symbol, ids } = await newSeries(service, 400);
  const batchId = Math.floor((ids[0] as number) / 65_536);
  const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
  const selectors = [{ ids }, { batchId }, { filter }, { ids, batchSize: 10 }, { ids: ids.slice(100) }, { filter }];
  const replies = await Promise.all(selectors.map((selector) => remove(service, selector)));
  expect([statuses(replies), sum(replies, 'affected')]).toEqual([[200], 400]);
  for (const { body } of replies) expect(body.affected + body.unchanged).toBe(body.requested);
  expect(newestFirst(replies.flatMap(({ body }) => expand(body.ids.affected)))).toEqual(newestFirst(ids));
  expect(await standing(service, symbol)).toEqual([]);

  const marks = await service.sql<{ deleted_by: string; rows: number }>(
    `select deleted_by, count(*)::int as rows from tick_store.market_data
      where instrument_id = (select id from tick_store.instruments where symbol = $1) group by deleted_by`,
    [symbol],
  );
  const counted = replies.filter(({ body }) => body.affected > 0).map(({ body }) => [body.operationId, body.affected]);
  expect(new Map(marks.map((mark) => [Number(mark.deleted_by), mark.rows]))).toEqual(
    new Map(counted as [number, number][]),
  );
});

test('overlapping sets of ids in opposite orders block each other, and none fails', async () => {
  const { symbol, ids } = await newSeries(service, 2_000);
  const forward = [ids.slice(0, 1_200), ids.slice(400, 1_600), ids.slice(800)];
  const backward = forward.map((part) => part.toReversed());
  const replies = await Promise.all(
    [...forward, ...backward].map((part, index) => remove(service, { ids: part, batchSize: 50 + 33 * index })),
  );
  expect([statuses(replies), sum(replies, 'affected')]).toEqual([[200], 2_000]);
  expect(await standing(service, symbol)).toEqual([]);
});

test('a deletion by filter and one by ids in another order than the rows were stored in do not deadlock', async () => {
  const symbol = await newInstrument(service);
  const late = await store(service, ticks(600, { symbol }, '2026-11-02T16:00:00Z'));
  const early = await store(service, ticks(600, { symbol }, '2026-11-02T14:00:00Z'));
  const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all([
      remove(service, { ids: [...late, ...early], batchSize: 7 }),
      remove(service, { filter }),
      remove(service, { filter }),
    ]);
    expect([statuses(replies), sum(replies, 'affected')]).toEqual([[200], 1_200]);
    const back = await Promise.all([restore(service, { ids: [...early, ...late] }), restore(service, { filter })]);
    expect([statuses(back), sum(back, 'affected')]).toEqual([[200], 1_200]);
  }
  const counted = 'select deadlocks::int from pg_stat_database where datname = current_database()';
  expect(await service.sql(counted)).toEqual([{ deadlocks: 0 }]);
});

test('after deletions and restorations at once, every change is counted and the rows are in the state of the last', async () => {
  const { symbol, ids } = await newSeries(service, 100);
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, index) => (index % 2 ? restore(service, { ids }) : remove(service, { ids }))),
  );
  expect(statuses(replies)).toEqual([200]);
  const changes = new Map(ids.map((id) => [id, 0]));
  for (const { body } of replies)
    for (const id of expand(body.ids.affected))
      changes.set(id, (changes.get(id) ?? 0) + (body.kind === 'deletion' ? 1 : -1));
  const stands = new Set(await standing(service, symbol));
  expect([...changes].map(([id, balance]) => [id, balance])).toEqual(ids.map((id) => [id, stands.has(id) ? 0 : 1]));
});

test('concurrent undos restore each row once', async () => {
  const { symbol, ids } = await newSeries(service, 200);
  const { body: deletion } = await remove(service, { ids });
  const undo = () => restore(service, { operationId: deletion.operationId });
  const replies = await Promise.all([undo(), undo(), undo(), undo()]);
  expect([statuses(replies), sum(replies, 'affected'), sum(replies, 'unchanged')]).toEqual([[200], 200, 600]);
  expect(await standing(service, symbol)).toHaveLength(200);
});

test('a deletion during an ingest deletes whole batches or nothing of them', async () => {
  const symbol = await newInstrument(service);
  const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
  const [batches, deletions] = await Promise.all([
    Promise.all([1, 2, 3, 4].map(() => store(service, ticks(3_000, { symbol })))),
    Promise.all([1, 2, 3, 4].map(() => remove(service, { filter }))),
  ]);
  expect(statuses(deletions)).toEqual([200]);
  const deleted = new Set(deletions.flatMap(({ body }) => expand(body.ids.affected)));
  const stands = new Set(await standing(service, symbol));
  expect([deleted.size, stands.size]).toEqual([sum(deletions, 'affected'), 12_000 - deleted.size]);
  for (const batch of batches) expect([0, 3_000]).toContain(batch.filter((id) => deleted.has(id)).length);
});

test('concurrent deletions with one key delete once, and all get that response or a 409 that it is running', async () => {
  const { ids } = await newSeries(service, 50);
  const headers = { 'Idempotency-Key': 'by-many' };
  const replies = await Promise.all(Array.from({ length: 10 }, () => remove(service, { ids }, { headers })));
  const succeeded = replies.filter((reply) => reply.status === 200);
  for (const reply of replies)
    if (reply.status !== 200) expect([reply.status, reply.body.code]).toEqual([409, 'request_in_progress']);
  expect(new Set(succeeded.map((reply) => reply.text)).size).toBe(1);
  expect(succeeded[0]?.body.affected).toBe(50);
  expect(succeeded.filter((reply) => reply.headers.get('idempotency-replayed') === null)).toHaveLength(1);
  expect(
    await service.sql(`select affected::int from tick_store.operations where idempotency_key = 'by-many'`),
  ).toEqual([{ affected: 50 }]);
});

test('rows held by a long transaction cause a retryable 503, and nothing changes', async () => {
  const impatient = await startService();
  onTestFinished(() => impatient.stop());
  // the role's own limit is 5 s, too long for a test
  await withClient(impatient.database.superuserUrl, (client) =>
    client.query(`alter role tick_store_app in database ${impatient.database.name} set lock_timeout = '300ms'`),
  );
  const { symbol, ids } = await newSeries(impatient, 3);
  const reply = await withClient(impatient.database.ownerUrl, async (client) => {
    await client.query('begin');
    await client.query('select from tick_store.market_data where id = $1 for update', [ids[1]]);
    return remove(impatient, { ids });
  });
  expect([reply.status, reply.body.code, reply.headers.get('retry-after')]).toEqual([503, 'database_busy', '1']);
  expect(await standing(impatient, symbol)).toHaveLength(3);
});

test('a deletion deletes rows that were restored while it waited for them, and reports them', async () => {
  const { ids } = await newSeries(service, 20);
  await remove(service, { ids: ids.slice(0, 5) });
  const deleted = await whileRowsBecome(service, 'live', ids.slice(0, 5), () => remove(service, { ids }));
  expect(deleted.body).toMatchObject({ affected: 20, unchanged: 0 });
});

test('a restoration restores rows that were deleted while it waited for them, and reports them', async () => {
  const { symbol, ids } = await newSeries(service, 20);
  await remove(service, { ids: ids.slice(5) });
  const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
  const restored = await whileRowsBecome(service, 'deleted', ids.slice(0, 5), () => restore(service, { filter }));
  expect(restored.body).toMatchObject({ affected: 20, unchanged: 0 });
});
