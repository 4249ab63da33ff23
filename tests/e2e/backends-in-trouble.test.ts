import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { BACKEND_NAMES, type BackendName } from '../support/backends/backends.ts';
import {
  APP_SECRET_ARN,
  CLUSTER_ARN,
  connect as connectDataApi,
  type DataApiAccess,
} from '../support/backends/data-api.ts';
import { differencesOf } from '../support/backends/differences.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** Nobody gets a server for as long as a client is let wait, or the database becomes unavailable: what a client gets from each backend. */

// Hang guards, not measurements: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const SERVERS = 2;
let database: OwnDatabase;
let dataApi: DataApiAccess;
const services = new Map<BackendName, TestService>();
let holders: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await startOwnDatabase({
    default_pool_size: String(SERVERS),
    reserve_pool_size: '0',
    max_db_connections: String(SERVERS),
    // as Neon's, which nobody can set
    query_wait_timeout: '120',
  });
  dataApi = await connectDataApi(database, { poolSize: SERVERS, acquireTimeoutMs: 400 });
  for (const backend of BACKEND_NAMES) {
    const environment = { ACQUIRE_TIMEOUT_MS: '700', ...(backend === 'data-api' ? dataApi.environment : {}) };
    const service = await startService({ database, backend, timeoutMs: 6_000, environment });
    services.set(backend, service);
    expect((await write(service, `warm-${backend}`)).status).toBe(200);
  }
});
afterEach(async () => {
  database.thawPostgres();
  await release();
});
afterAll(async () => {
  for (const service of services.values()) await service.stop();
  await dataApi?.stop();
  await database?.stop();
});

const on = (backend: BackendName): TestService => services.get(backend) as TestService;
const write = (service: TestService, key: string) =>
  service.post('/v1/market-data', { records: ticks(5) }, { headers: { 'idempotency-key': key } });
const countRows = async () =>
  (await on('pg').sql<{ n: number }>('select count(*)::int as n from tick_store.market_data'))[0]?.n ?? 0;

/** The role's own limit would let go of them in the middle of the test. */
const PATIENT = 'set local idle_in_transaction_session_timeout = 0';

/** Takes every server of PgBouncer's, which two backends share, and every connection of the Data API's. */
async function holdAllServers(): Promise<void> {
  const target = { resourceArn: CLUSTER_ARN, secretArn: APP_SECRET_ARN };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sdk = new RDSDataClient({ endpoint: dataApi.endpoint.url, region: 'eu-west-1', credentials });
  for (let i = 0; i < SERVERS; i++) {
    const client = new pg.Client({ connectionString: database.appUrl });
    client.on('error', () => undefined);
    await client.connect();
    holders.push(() => client.end());
    await client.query(`begin; ${PATIENT}`);
    const { transactionId } = await sdk.send(new BeginTransactionCommand({ ...target, database: database.name }));
    await sdk.send(new ExecuteStatementCommand({ ...target, transactionId, sql: PATIENT }));
    holders.push(() => sdk.send(new RollbackTransactionCommand({ ...target, transactionId })));
  }
}

async function release(): Promise<void> {
  await Promise.all(holders.map((letGo) => letGo()));
  holders = [];
}

function expectTold(reply: Reply, code: string): void {
  expect(reply.status, reply.text).toBe(503);
  expect(reply.body).toMatchObject({ code, status: 503, errors: [] });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.headers.get('x-request-id')).toBe(reply.body.requestId);
  expect(reply.text).not.toMatch(/postgres|neon|rds|ECONN|127\.0\.0\.1|select|insert|tick_store/i);
  // only what has certainly not been written may say so
  expect(reply.body.detail.includes('nothing was written')).toBe(code === 'pool_exhausted');
}

describe.each(BACKEND_NAMES)('by %s', (backend) => {
  test('an exhausted pool causes a 503 with Retry-After, and a retried batch counts once', async () => {
    const service = on(backend);
    const before = await countRows();
    await holdAllServers();
    expectTold(await write(service, `exhausted-${backend}`), differencesOf(backend).exhaustedWriteCode);
    expectTold(await service.get('/v1/market-data', { query: { symbol: 'ES' } }), 'pool_exhausted');
    expectTold(await service.get('/v1/market-data/latest', { query: { symbols: 'ES' } }), 'pool_exhausted');
    await release();
    await vi.waitFor(async () => expect((await write(service, `exhausted-${backend}`)).status).toBe(200), 20_000);
    expect(await countRows()).toBe(before + 5);
  });
});

/** A write and a read by each backend: 503 with Retry-After, and what was reported as unwritten is not there. */
async function expectAwayByAll(key: string): Promise<void> {
  const asked = BACKEND_NAMES.flatMap((backend) => [
    write(on(backend), `${key}-${backend}`),
    on(backend).get('/v1/market-data/latest', { query: { symbols: 'ES' } }),
  ]);
  for (const reply of await Promise.all(asked)) {
    // which one depends on how far a request had come, on each backend
    expect(reply.body.code).toMatch(/^(pool_exhausted|database_unavailable|database_timeout)$/);
    expectTold(reply, reply.body.code);
  }
}

/** Every backend stores what it could not, once. */
async function expectStoredOnce(key: string, before: number): Promise<void> {
  const again = () => Promise.all(BACKEND_NAMES.map((backend) => write(on(backend), `${key}-${backend}`)));
  await vi.waitFor(async () => expect((await again()).map(({ status }) => status)).toEqual([200, 200, 200]), 20_000);
  expect(await countRows()).toBe(before + 5 * BACKEND_NAMES.length);
}

test('while Postgres is down, every backend responds 503 with Retry-After, and afterwards all is stored once', async () => {
  const before = await countRows();
  await database.killPostgres('SIGQUIT');
  await expectAwayByAll('gone');
  await database.startPostgres();
  await expectStoredOnce('gone', before);
});

test('while Postgres is frozen, every backend responds 503 with Retry-After, and afterwards all is stored once', async () => {
  const before = await countRows();
  database.freezePostgres();
  await expectAwayByAll('frozen');
  database.thawPostgres();
  await expectStoredOnce('frozen', before);
});
