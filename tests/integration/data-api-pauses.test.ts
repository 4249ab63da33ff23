import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { connect, type DataApiAccess } from '../support/backends/data-api.ts';
import { countLive, manyTicks } from '../support/large-operations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { remove } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/** Operations in steps on a cluster that pauses and resumes while they run. */

let database: TestDatabase;
let dataApi: DataApiAccess;
let service: TestService;
/** The same service with a short time limit, which a cluster that stays paused exceeds. */
let hurried: TestService;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  dataApi = await connect(database);
  const options = { database, backend: 'data-api', environment: dataApi.environment } as const;
  service = await startService(options);
  hurried = await startService({ ...options, timeoutMs: 3_000 });
});
afterAll(async () => {
  await hurried.stop();
  await service.stop();
  await dataApi.stop();
  await database.drop();
});

const ROWS = 132_000;
/** Makes this many calls fail because the cluster is resuming; the calls after them succeed. */
const pauseFor = (calls: number) => dataApi.endpoint.failNext('DatabaseResumingException', calls);

test('a 202 stays the same and each step runs once, however often the cluster pauses meanwhile', {
  timeout: 180_000,
}, async () => {
  const random = new Random(15);
  const { symbol } = await manyTicks(service, ROWS, '2026-11-04T00:00:00Z');
  const body = { filter: { symbol, start: '2026-11-04', end: '2026-11-06' }, expectedCount: ROWS };
  const send = (to = service) => remove(to, body, { headers: { 'Idempotency-Key': symbol } });

  pauseFor(Number.POSITIVE_INFINITY);
  const refused = await send(hurried);
  expect([refused.status, refused.body.category], refused.text).toEqual([503, 'system']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  pauseFor(0);
  expect(await countLive(service, symbol)).toBe(ROWS);

  pauseFor(2);
  const first = await send();
  expect(first.status, first.text).toBe(202);
  const operation = async () => (await service.get(`/v1/market-data/operations/${first.body.operationId}`)).body;
  for (let run = 0; run < 10 && (await operation()).status === 'running'; run++) {
    pauseFor(1 + random.below(4));
    const result = await service.environments.invoke('maintain-partitions', { task: 'operations' });
    expect(result.ok, JSON.stringify(result)).toBe(true);
    pauseFor(random.below(3));
    const replay = await send();
    expect([replay.status, replay.text]).toEqual([202, first.text]);
  }
  expect(await operation()).toMatchObject({
    status: 'done',
    requested: ROWS,
    affected: ROWS,
    unchanged: 0,
    failure: null,
  });
  expect(await countLive(service, symbol)).toBe(0);
});
