import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

// Guards against hangs, not measurements: a busy machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

let database: OwnDatabase;
let service: TestService;
let keys = 0;

beforeAll(async () => {
  database = await startOwnDatabase({}, { inMemory: true });
  service = await startService({
    database,
    timeoutMs: 4_000,
    environment: { ACQUIRE_TIMEOUT_MS: '1500' },
  });
  await expectWorking();
});
afterEach(() => database.thawPostgres());
afterAll(async () => {
  await service?.stop();
  await database?.stop();
});

const write = (key: string) =>
  service.post('/v1/market-data', { records: ticks(5) }, { headers: { 'idempotency-key': key } });
const read = () => service.get('/v1/market-data/latest', { query: { symbols: 'ES' } });
const countRows = async () =>
  (await service.sql<{ n: number }>('select count(*)::int as n from tick_store.market_data'))[0]?.n ?? 0;

/** Sends both kinds of request and checks their problem documents. API Gateway's own 504 has no Retry-After. */
async function expectAway(key: string): Promise<void> {
  for (const reply of await Promise.all([write(key), read()])) expectAwayAnswer(reply);
}

function expectAwayAnswer(reply: Reply): void {
  expect([503, 504], reply.text).toContain(reply.status);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.body).toMatchObject({ status: reply.status, errors: [] });
  expect(reply.body.requestId).toBe(reply.headers.get('x-request-id'));
  if (reply.status === 503) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(reply.text).not.toMatch(/ECONN|postgres:|127\.0\.0\.1|select |insert /i);
}

/** A new batch and a read must succeed within a few attempts: the pooler may need a second to notice that its server is back. */
async function expectWorking(): Promise<void> {
  const key = `working-${keys++}`;
  await vi.waitFor(async () => expect((await write(key)).status).toBe(200), { timeout: 20_000, interval: 200 });
  expect((await read()).status).toBe(200);
}

test('the service recovers after an immediate shutdown of Postgres', async () => {
  const before = await countRows();
  await database.killPostgres('SIGQUIT');
  await expectAway('stopped');
  await expectAway('stopped');
  await database.startPostgres();
  await expectWorking();
  expect((await write('stopped')).status).toBe(200);
  expect(await countRows()).toBe(before + 10);
});

test('the service recovers after Postgres is killed during requests', async () => {
  const before = await countRows();
  const underWay = Array.from({ length: 3 }, (_, i) => write(`under-way-${i}`));
  await database.killPostgres('SIGKILL');
  for (const reply of await Promise.all(underWay)) if (reply.status !== 200) expectAwayAnswer(reply);
  await database.startPostgres();
  await expectWorking();
  for (let i = 0; i < 3; i++) expect((await write(`under-way-${i}`)).status).toBe(200);
  expect(await countRows()).toBe(before + 20);
});

test('the service recovers after the pooler is killed', async () => {
  const before = await countRows();
  await database.killPooler();
  await expectAway('no-pooler');
  await database.startPooler();
  await expectWorking();
  expect((await write('no-pooler')).status).toBe(200);
  expect(await countRows()).toBe(before + 10);
});

test('while Postgres is frozen, every request ends within its function’s timeout, and afterwards requests succeed', async () => {
  const before = await countRows();
  database.freezePostgres();
  await expectAway('frozen');
  await expectAway('frozen');
  database.thawPostgres();
  await expectWorking();
  expect((await write('frozen')).status).toBe(200);
  expect(await countRows()).toBe(before + 10);
});
