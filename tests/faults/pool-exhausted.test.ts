import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { withClient } from '../support/postgres.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

const SERVERS = 2;
const CLIENTS = 20;

let database: OwnDatabase;
let service: TestService;
let held: pg.Client[] = [];

beforeAll(async () => {
  const overrides = {
    default_pool_size: String(SERVERS),
    reserve_pool_size: '0',
    max_db_connections: String(SERVERS),
    max_client_conn: String(CLIENTS),
    query_wait_timeout: '1',
  };
  database = await startOwnDatabase(overrides, { inMemory: true });
  service = await startService({ database });
  expect((await service.post('/v1/market-data', { records: ticks(3) })).status).toBe(200);
});
afterEach(release);
afterAll(async () => {
  await service?.stop();
  await database?.stop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.appUrl });
  client.on('error', () => undefined);
  await client.connect();
  held.push(client);
  return client;
}

/** Takes every server of the pooler with transactions that do not end. */
async function holdAllServers(): Promise<void> {
  for (let i = 0; i < SERVERS; i++) await (await connect()).query('begin; select 1');
}

async function release(): Promise<void> {
  await Promise.all(held.map((client) => client.end()));
  held = [];
}

const admin = (command: string) =>
  withClient(database.poolerAdminUrl, async (client) => (await client.query(command)).rows);

const countRows = async () =>
  (await service.sql<{ n: number }>('select count(*)::int as n from tick_store.market_data'))[0]?.n;

function expectExhausted(reply: Reply): void {
  expect(reply.status, reply.text).toBe(503);
  expect(reply.body).toMatchObject({ code: 'pool_exhausted', category: 'overload' });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.headers.get('x-request-id')).toBe(reply.body.requestId);
  expect(reply.text).not.toMatch(/query_wait_timeout|select|insert|postgres/i);
}

const write = (key: string) =>
  service.post('/v1/market-data', { records: ticks(5) }, { headers: { 'idempotency-key': key } });

test('every kind of request gets a 503 with Retry-After and writes nothing while no server is free, and works afterwards', async () => {
  const operations = () => service.sql('select id from tick_store.operations order by id');
  const [before, operationsBefore] = [await countRows(), await operations()];
  await holdAllServers();
  const requests = [
    () => write('exhausted'),
    () => service.get('/v1/market-data', { query: { symbol: 'ES' } }),
    () => service.post('/v1/market-data/deletions', { ids: [65536], reason: 'test' }),
    () => service.put('/v1/instruments/CL', { name: 'Crude', type: 'future' }),
  ];
  const refused = await Promise.all(requests.map((request) => request()));
  refused.forEach(expectExhausted);
  expect(await countRows()).toBe(before);
  expect(await operations()).toEqual(operationsBefore);

  await release();
  const accepted = await Promise.all(requests.map((request) => request()));
  expect(accepted.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
  expect(accepted[0]?.headers.get('idempotency-replayed')).toBeNull();
  expect(await countRows()).toBe(Number(before) + 5);
});

test('a pooler that keeps clients waiting is given up after the service’s own time to acquire', async () => {
  await admin('set query_wait_timeout = 60');
  onTestFinished(() => void admin('set query_wait_timeout = 1'));
  const hurried = await startService({ database, environment: { ACQUIRE_TIMEOUT_MS: '500' } });
  onTestFinished(() => hurried.stop());
  const body = { records: ticks(5) };
  const headers = { 'idempotency-key': 'given-up' };
  const post = () => hurried.post('/v1/market-data', body, { headers });
  expect((await hurried.post('/v1/market-data', body)).status).toBe(200);
  const before = await countRows();

  await holdAllServers();
  const requests = [
    post(),
    hurried.get('/v1/market-data/latest', { query: { symbols: 'ES' } }),
    hurried.put('/v1/instruments/LATE', { name: 'Too late', type: 'future' }),
  ];
  for (const reply of await Promise.all(requests)) expectExhausted(reply);
  await release();
  // PgBouncer 1.18 notices that a waiting client has disconnected only when its turn comes
  await vi.waitFor(
    async () => {
      const pools = await admin('show pools');
      expect(pools.map((pool) => Number(pool.cl_waiting))).toEqual(pools.map(() => 0));
    },
    { timeout: 10_000 },
  );
  expect((await hurried.get('/v1/instruments/LATE')).status).toBe(404);
  expect(await countRows()).toBe(before);
  expect((await post()).status).toBe(200);
  expect(await countRows()).toBe(Number(before) + 5);
});

test('the same happens if the pooler accepts no more clients', async () => {
  const before = await countRows();
  for (;;) {
    const refused = await connect().then(
      () => undefined,
      (error: Error) => error,
    );
    if (refused === undefined) continue;
    expect(refused.message).toContain('max_client_conn');
    break;
  }
  const late = await startService({ database });
  onTestFinished(() => late.stop());
  const post = () => late.post('/v1/market-data', { records: ticks(5) }, { headers: { 'idempotency-key': 'late' } });
  expectExhausted(await post());
  expect(await countRows()).toBe(before);
  await release();
  expect((await post()).status).toBe(200);
  expect(await countRows()).toBe(Number(before) + 5);
});
