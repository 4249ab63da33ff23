import { afterAll, beforeAll, expect, test } from 'vitest';
import { countLive, manyTicks } from '../support/large-operations.ts';
import { waiting } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { remove, restore, store } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** Operations on more rows than one transaction takes: they run in steps, and each step commits. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const ROWS = 140_000;
const PERIOD = { start: '2026-11-04', end: '2026-11-06' };

const run = async () => {
  const result = await service.environments.invoke('maintain-partitions', { task: 'operations' });
  expect(result.ok, JSON.stringify(result)).toBe(true);
};
const operation = async (id: number): Promise<Reply['body']> =>
  (await service.get(`/v1/market-data/operations/${id}`)).body;

/** The final state of an operation that the schedule continues until it has ended. */
async function ended(id: number): Promise<Reply['body']> {
  for (let runs = 0; runs < 5; runs++) {
    const found = await operation(id);
    if (found.status !== 'running') return found;
    await run();
  }
  throw new Error(`operation ${id} does not end`);
}

test('a day of 140,000 ticks is deleted and restored as one operation each, under one key each', async () => {
  const { symbol } = await manyTicks(service, ROWS, '2026-11-04T00:00:00Z');
  const filter = { symbol, ...PERIOD };
  const dry = await remove(service, { filter, dryRun: true });
  expect([dry.status, dry.body]).toMatchObject([200, { requested: ROWS, affected: ROWS, unchanged: 0, notFound: 0 }]);
  expect(dry.body.ids).toBeUndefined();

  const headers = { 'Idempotency-Key': `large-${symbol}` };
  // while another request holds the key, a refusal waits for the outcome of that request
  const overtaken = await withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    await client.query(
      `insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
       values ('local', 'overtaken', 'operation', '', gen_random_uuid())`,
    );
    const refused = remove(service, { filter, expectedCount: 7 }, { headers: { 'Idempotency-Key': 'overtaken' } });
    await waiting(service, 1);
    await client.query('commit');
    return refused;
  });
  expect([overtaken.status, overtaken.body.code]).toEqual([409, 'idempotency_key_reused']);
  const first = await remove(service, { filter, expectedCount: ROWS }, { headers });
  const { operationId } = first.body;
  expect([first.status, first.body.status, first.headers.get('location')]).toEqual([
    202,
    'running',
    `/v1/market-data/operations/${operationId}`,
  ]);
  // a row of a later batch in the same period does not belong to the operation
  const later = await store(service, [tick({ symbol, timestamp: '2026-11-04T00:00:00.5Z' })]);
  const done = await ended(operationId);
  expect(done).toMatchObject({
    ...{ operationId, kind: 'deletion', status: 'done', requested: ROWS, affected: ROWS, unchanged: 0 },
    ...{ rowsDone: ROWS, rowsToDo: 0, failure: null, finishedAt: expect.any(String) },
  });
  expect(done.ids).toBeUndefined();
  expect(await countLive(service, symbol)).toBe(later.length);
  const again = await remove(service, { filter, expectedCount: ROWS }, { headers });
  expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([202, first.text, 'true']);

  // this deletion finds rows already deleted: the undo makes them live and reports it
  const small = { filter: { symbol, start: '2026-11-04T00:00:05Z', end: '2026-11-04T00:00:06Z' } };
  const { body: found } = await remove(service, small);
  expect(found).toMatchObject({ affected: 0, unchanged: 2 });
  const alsoDeletedBy = [found.operationId];
  const undoes = await restore(service, { operationId, dryRun: true });
  expect(undoes.body).toMatchObject({ requested: ROWS, affected: ROWS, unchanged: 0, alsoDeletedBy });
  const wrong = await restore(service, { operationId, expectedCount: 7 });
  expect([wrong.status, wrong.body.code, wrong.body.affected]).toEqual([409, 'expected_count_mismatch', ROWS]);
  const undo = await restore(service, { operationId, expectedCount: ROWS }, { headers: { 'Idempotency-Key': symbol } });
  expect([undo.status, undo.body.kind, undo.body.alsoDeletedBy]).toEqual([202, 'restoration', []]);
  const counts = { requested: ROWS, affected: ROWS };
  expect(await ended(undo.body.operationId)).toMatchObject({ status: 'done', ...counts, alsoDeletedBy });
  expect(await countLive(service, symbol)).toBe(ROWS + later.length);
  const replayed = await restore(
    service,
    { operationId, expectedCount: ROWS },
    { headers: { 'Idempotency-Key': symbol } },
  );
  expect([replayed.status, replayed.text]).toEqual([202, undo.text]);
  const list = await service.get('/v1/market-data/operations', { query: { limit: 3 } });
  expect(list.body.data.map((each: { operationId: number }) => each.operationId)).toEqual([
    undo.body.operationId,
    found.operationId,
    operationId,
  ]);
  expect(list.body.data[2]).toEqual(done);
}, 300_000);
