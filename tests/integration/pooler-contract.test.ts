import { createRouteMatcher, splitTarget, toHttpApiEvent, toHttpResponse } from '@tick-store/local-cloud';
import type { Context } from 'aws-lambda';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type FunctionName, routeKey, routes } from '../../functions/contract/routes.ts';
import { PostgresCall } from '../../functions/database/drivers/postgres/postgres-call.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { countOperation } from '../../functions/operations/count-operation.ts';
import {
  failOperation,
  findRunningOperation,
  type RunningOperation,
} from '../../functions/operations/sql/large-operations.ts';
import { findLaterDeletions } from '../../functions/operations/sql/later-deletions.ts';
import { CHANGE } from '../../functions/operations/sql/operation-table.ts';
import { startInSteps } from '../support/large-operations.ts';
import { POOLER_RULES, type PoolerRule, textsOf } from '../support/pooler-rules.ts';
import { createTestDatabase, type TestDatabase, withClient, withDatabase } from '../support/postgres.ts';
import { statementNames } from '../support/statement-names.ts';
import { ticks } from '../support/ticks.ts';
import { type RecordedConnection, startWireRecorder, type WireRecorder } from '../support/wire-recorder.ts';

/**
 * Every statement that the functions own goes through a real PgBouncer in transaction mode, over a wire that writes down
 * what is sent; what was sent is held against the rules of all poolers we run behind, and the server connections against
 * what a client may leave behind.
 */

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const ENTRIES = ['ingest', 'delete', 'restore', 'read', 'reference-data', 'health'] as const satisfies FunctionName[];

let database: TestDatabase;
let wire: WireRecorder;
/** Names of the statements sent, by the driver's word. */
const sent = new Set<string>();
const handlers = new Map<string, Handler>();

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  wire = await startWireRecorder(database.appUrl);
  vi.stubEnv('DATABASE_URL', wire.url);
  vi.stubEnv('ANONYMOUS_ACTOR', 'local');
  vi.stubEnv('KEEP_TICK_MONTHS', '24');
  for (const name of ['query', 'begin', 'commit', 'rollback'] as const) recordCallsOf(name);
  for (const entry of [...ENTRIES, 'probe-health', 'maintain-partitions', 'smoke-run']) {
    const { handler } = (await import(`../../functions/${entry}.ts`)) as { handler: Handler };
    handlers.set(entry, handler);
  }
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await tour();
});

afterAll(async () => {
  await wire.stop();
  await database.drop();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The driver says which statement it sends; the wire says what was sent. */
function recordCallsOf(name: 'query' | 'begin' | 'commit' | 'rollback'): void {
  const original = PostgresCall.prototype[name] as (...values: unknown[]) => unknown;
  vi.spyOn(PostgresCall.prototype, name).mockImplementation(function (this: PostgresCall, ...values: unknown[]) {
    sent.add(name === 'query' ? (values[0] as { name: string }).name : name);
    return original.apply(this, values) as never;
  });
}

const context = {
  awsRequestId: 'tour',
  functionName: 'tour',
  getRemainingTimeInMillis: () => 28_000,
} as unknown as Context;

const match = createRouteMatcher(
  Object.values(routes).map((route) => ({ routeKey: routeKey(route), entry: route.function })),
);

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tour looks into responses without restating their types
  readonly body: any;
}

async function call(method: string, target: string, body?: unknown): Promise<Answer> {
  const found = match(method, splitTarget(target).rawPath);
  if (found.kind !== 'matched') throw new Error(`no route for ${method} ${target}`);
  const event = toHttpApiEvent(
    {
      ...{ method, target, httpVersion: '1.1', remoteAddress: '127.0.0.1', localPort: 0 },
      rawHeaders: body === undefined ? [] : ['content-type', 'application/json'],
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    },
    {
      ...{ routeKey: found.route.routeKey, pathParameters: found.pathParameters, requestId: 'r' },
      ...{ traceId: 't', timeEpochMs: Date.now() },
    },
  );
  const answer = toHttpResponse(await handlers.get(found.route.entry)?.(event, context));
  return { status: answer.statusCode, body: JSON.parse(answer.body.toString()) };
}

async function succeed(method: string, target: string, body?: unknown) {
  const answer = await call(method, target, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

/** Everything the service does, once. */
async function tour(): Promise<void> {
  await handlers.get('maintain-partitions')?.({}, context);
  await handlers.get('smoke-run')?.({}, context);
  await succeed('PUT', '/v1/instruments/ES', { name: 'E-mini', type: 'future' });
  await succeed('PATCH', '/v1/instruments/ES', { priceDecimals: 2 });
  await succeed('PUT', '/v1/instruments', { instruments: [{ symbol: 'ES' }, { symbol: 'NQ' }] });
  const rule = await succeed('PUT', '/v1/alert-rules/high', { symbol: 'ES', condition: 'above', threshold: 1 });
  await succeed('PATCH', '/v1/alert-rules/high', { threshold: 2 });
  const rules = [{ name: 'low', symbol: 'ES', condition: 'below', threshold: 1 }];
  await succeed('PUT', '/v1/alert-rules', { alertRules: rules });
  const { data: changes } = await succeed('GET', '/v1/reference-data/operations');
  await succeed('GET', `/v1/reference-data/operations/${changes[0].operationId}`);
  for (const list of ['instruments', 'instruments/ES', 'alert-rules', 'alert-rules/high']) {
    await succeed('GET', `/v1/${list}`);
  }

  await succeed('POST', '/v1/market-data?createInstruments=true', { records: ticks(1, { symbol: 'CREATED' }) });
  await call('POST', '/v1/market-data', { records: [{}] });
  const plain = { records: ticks(5, { symbol: 'ES' }) };
  const sequenced = { records: ticks(5, { symbol: 'ES' }).map((tick, sequence) => ({ ...tick, sequence })) };
  const alerts = {
    records: ticks(3, { symbol: 'ES' }).map(({ price: _, ...common }) => ({
      ...{ ...common, ruleId: rule.id },
      ...{ triggerValue: 2, thresholdValue: 1, firedStatus: 'fired' },
    })),
  };
  const batch = await succeed('POST', '/v1/market-data', plain);
  await succeed('POST', '/v1/market-data', sequenced);
  // is stored already: COPY is refused, and arrays take its place
  expect((await succeed('POST', '/v1/market-data?batchSize=1', sequenced)).duplicates).toBe(5);
  const refused = await call('POST', '/v1/market-data?atomic=true', {
    records: sequenced.records.map((record) => ({ ...record, price: 1 })),
  });
  expect([refused.status, refused.body.conflicts]).toEqual([422, 5]);
  for (const query of ['bars=1m', 'sequenceOf=packet']) {
    await succeed('POST', `/v1/market-data?${query}`, sequenced);
    const mixed = { records: [...sequenced.records, { ...sequenced.records[0], price: 'x' }] };
    expect((await call('POST', `/v1/market-data?atomic=true&${query}`, mixed)).body.code).toBe('atomic_rejected');
  }
  for (const query of ['bars=1m', 'sequenceOf=tick']) {
    const path = `/v1/market-data?onConflict=replace&reason=tour&${query}`;
    const changed = { records: sequenced.records.map((record) => ({ ...record, price: 7 })) };
    const mixed = { records: [...changed.records, { ...sequenced.records[0], price: 'x' }] };
    expect((await call('POST', `${path}&atomic=true`, mixed)).body.replaced).toBe(5);
    const { operationId } = await succeed('POST', path, changed);
    const undo = await succeed('POST', '/v1/market-data/restorations', { operationId, reason: 'tour' });
    await succeed('POST', '/v1/market-data/deletions', { operationId: undo.operationId, reason: 'tour' });
  }
  const logs = await succeed('POST', '/v1/alert-logs', alerts);
  await withoutCopy(async () => {
    await succeed('POST', '/v1/market-data?batchSize=1', plain);
    await succeed('POST', '/v1/alert-logs?batchSize=1', alerts);
  });

  const ids = [batch.firstId, batch.firstId + 1];
  const filter = { symbol: 'ES', start: '2026-11-02T00:00:00Z', end: '2026-11-03T00:00:00Z' };
  const reason = 'tour';
  for (const selector of [{ ids }, { batchId: batch.batchId }, { filter }]) {
    for (const dryRun of [true, false]) {
      const deletion = await succeed('POST', '/v1/market-data/deletions', { ...selector, reason, dryRun });
      if (!dryRun) {
        const undo = { operationId: deletion.operationId, reason };
        await succeed('POST', '/v1/market-data/restorations', { ...undo, dryRun: true });
        await succeed('POST', '/v1/market-data/restorations', undo);
      }
      await succeed('POST', '/v1/market-data/restorations', { ...selector, reason, dryRun });
    }
  }
  const lastDeletion = (await succeed('GET', '/v1/market-data/operations?limit=1')).data[0].operationId;
  const alertDeletion = await succeed('POST', '/v1/alert-logs/deletions', { batchId: logs.batchId, reason });
  // ended by the database, and so rolled back
  expect((await call('POST', '/v1/market-data/deletions', { ids, reason, expectedCount: 9 })).status).toBe(409);

  for (const target of [
    '/v1/market-data',
    '/v1/market-data?symbol=ES',
    '/v1/market-data?symbol=ES&bars=1m&order=asc',
    '/v1/market-data/latest?symbols=ES',
    '/v1/market-data/bars?symbol=ES&interval=1m',
    '/v1/market-data/coverage?symbol=ES',
    '/v1/market-data/coverage?symbol=ES&asOf=2100-01-01',
    `/v1/market-data/bars?symbol=ES&interval=1m&asOf=batch:${batch.batchId}`,
    `/v1/market-data?symbol=ES&asOf=batch:${batch.batchId}`,
    '/v1/market-data/latest?symbols=ES&asOf=2100-01-01',
    '/v1/market-data/bars?symbol=ES&interval=1h&from=bars',
    `/v1/market-data/${batch.firstId}`,
    `/v1/market-data/${batch.firstId}/history`,
    `/v1/market-data/batches/${batch.batchId}`,
    '/v1/market-data/operations',
    '/v1/market-data/batches',
    `/v1/market-data?symbol=ES&asOf=operation:${lastDeletion}`,
    `/v1/alert-logs/operations/${alertDeletion.operationId}`,
    '/v1/alert-logs?symbol=ES&includeDeleted=true',
    '/v1/alert-logs/latest?symbols=ES',
    '/v1/config',
    '/v1/performance',
  ]) {
    await succeed('GET', target);
  }
  await tourInSteps(batch.batchId);
  for (const kind of ['market-data', 'alert-logs']) await succeed('POST', `/v1/${kind}/latest`, { symbols: ['ES'] });
  expect((await call('GET', `/v1/alert-logs/${logs.firstId}?includeDeleted=true`)).status).toBe(200);
  await handlers.get('probe-health')?.({}, context);
  for (const target of ['', '/history', '/pool', '/partitions']) await call('GET', `/v1/health${target}`);
}

/** Operations in steps, of few rows: by a filter and of scattered ids, undone and done again; one that fails. */
async function tourInSteps(batchId: number): Promise<void> {
  const pool = new PostgresDatabase({
    ...{ url: wire.url, applicationName: 'tour', acquireTimeoutMs: 5000, queryTimeoutMs: 20_000, recycleSeconds: 60 },
    onIdleError: () => undefined,
  });
  const options = { deadline: Date.now() + 20_000, idempotent: true };
  try {
    const scattered = { records: ticks(80, { symbol: 'ES' }, '2026-11-09T00:00:00Z') };
    const { firstId } = await succeed('POST', '/v1/market-data', scattered);
    const ids = Array.from({ length: 40 }, (_, nth) => firstId + 2 * nth);
    const range = { ids: [[firstId + 78, firstId + 79]], batchSize: 2, reason: 'tour' };
    for (const kind of ['deletions', 'restorations']) await succeed('POST', `/v1/market-data/${kind}`, range);
    await succeed('POST', '/v1/market-data/deletions', { ids, reason: 'tour' });
    const instrumentId = (await succeed('GET', '/v1/instruments/ES')).id as number;
    const periods = [
      ['2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'],
      ['2026-11-09T00:00:00Z', '2026-11-10T00:00:00Z'],
    ] as const;
    for (const [start, end] of periods) {
      const filter = { instrumentId, barLength: 0, start, end };
      for (const kind of ['deletion', 'restoration'] as const) {
        await countOperation(
          pool,
          'market_data',
          { change: CHANGE[kind], selector: { by: 'filter', ...filter } },
          options,
        );
        const operationId = await startInSteps(pool, { filter }, { kind });
        await call('GET', `/v1/market-data?symbol=ES&asOf=batch:${batchId}`);
        await handlers.get('maintain-partitions')?.({ task: 'operations' }, context);
        const other = kind === 'deletion' ? 'restoration' : 'deletion';
        const selector = { by: 'operation', operationId } as const;
        await countOperation(pool, 'market_data', { change: CHANGE[other], selector }, options);
        await pool.run(findLaterDeletions('market_data', operationId), options);
        await startInSteps(pool, { operationId }, { kind: other });
        await handlers.get('maintain-partitions')?.({ task: 'operations' }, context);
      }
    }
    const failed = await startInSteps(pool, { operationId: 1 });
    const [running] = await pool.run<RunningOperation>(findRunningOperation(failed), options);
    await pool.transaction([failOperation(running as RunningOperation, 'tour')], options);
  } finally {
    await pool.close();
  }
}

/** What a backend without COPY sends. */
async function withoutCopy(work: () => Promise<void>): Promise<void> {
  Object.defineProperty(PostgresDatabase.prototype, 'session', { value: undefined, configurable: true });
  try {
    await work();
  } finally {
    // the inherited one again
    Reflect.deleteProperty(PostgresDatabase.prototype, 'session');
  }
}

test('it is PgBouncer in transaction mode, and it says which version', async () => {
  await withClient(inject('postgres').poolerAdminUrl, async (client) => {
    const version = (await client.query('show version')).rows[0]?.version;
    process.stderr.write(`Pooler contract: ${version}, ${sent.size} statements, ${POOLER_RULES.length} rules\n`);
    expect(version).toMatch(/^PgBouncer \d+\.\d+/);
    const settings = (await client.query('show config')).rows as { key: string; value: string }[];
    expect(settings.find(({ key }) => key === 'pool_mode')?.value).toBe('transaction');
  });
});

test('every statement that the functions own was sent', () => {
  expect([...sent].sort()).toEqual(statementNames());
});

test('every statement that was sent by name is on the wire', () => {
  const texts = wire.connections.flatMap(textsOf);
  expect(wire.connections.length).toBeGreaterThanOrEqual(ENTRIES.length);
  expect(texts.filter((text) => text.startsWith('copy '))).not.toEqual([]);
  expect(texts.filter((text) => text === 'rollback')).not.toEqual([]);
  expect(new Set(texts).size).toBeGreaterThan(statementNames().length);
});

describe.each(POOLER_RULES)('$id', (rule) => {
  test('is kept by every connection', () => {
    expect(wire.connections.flatMap(rule.broken)).toEqual([]);
  });

  test('distinguishes what breaks it from what does not', () => {
    expect(rule.breaks.filter((text) => !isBrokenBy(rule, text))).toEqual([]);
    expect(rule.keeps.filter((text) => isBrokenBy(rule, text))).toEqual([]);
  });
});

const isBrokenBy = (rule: PoolerRule, text: string) =>
  rule.broken({ startup: {}, isCancelRequest: false, messages: [{ kind: 'parse', name: '', text }] }).length > 0;

/** What a session may have that another must not find. */
const LEFT_BEHIND = `
select (select array_agg(name || ' = ' || setting) from pg_settings
         where source = 'session' and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone',
                                                   'standard_conforming_strings', 'IntervalStyle', 'search_path')) as settings,
       (select array_agg(name) from pg_prepared_statements) as statements,
       (select array_agg(name) from pg_cursors where name <> '') as cursors,
       (select array_agg(channel) from pg_listening_channels() channel) as channels,
       (select array_agg(objid) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
       (select array_agg(relname::text) from pg_class where relpersistence = 't' and pg_my_temp_schema() = relnamespace) as tables`;

test('nothing is left in any server connection for the next client', async () => {
  const poolerUrl = withDatabase(inject('postgres').poolerAdminUrl, 'pgbouncer');
  const servers = await withClient(poolerUrl, async (client) =>
    ((await client.query('show servers')).rows as { database: string; remote_pid: number }[]).filter(
      (server) => server.database === database.name,
    ),
  );
  expect(servers.length).toBeGreaterThan(0);
  const clients = servers.map(() => new pg.Client({ connectionString: database.appUrl }));
  try {
    const pids = new Set<number>();
    for (const client of clients) {
      await client.connect();
      // an open transaction keeps the server connection, so that each client gets another one
      await client.query('begin');
      pids.add((await client.query('select pg_backend_pid() as pid')).rows[0].pid);
      const { rows } = await client.query(LEFT_BEHIND);
      expect(rows).toEqual([
        { settings: null, statements: null, cursors: null, channels: null, locks: null, tables: null },
      ]);
    }
    expect([...pids].sort()).toEqual(servers.map((server) => Number(server.remote_pid)).sort());
  } finally {
    for (const client of clients) await client.end();
  }
});

test('and what is left there would be found', async () => {
  await withClient(database.superuserUrl, async (client) => {
    await client.query("set statement_timeout = '99s'");
    await client.query('prepare mine as select 1');
    await client.query('declare c cursor with hold for select 1');
    await client.query('listen ticks');
    await client.query('select pg_advisory_lock(7)');
    await client.query('create temp table left_behind (a int)');
    const { rows } = await client.query(LEFT_BEHIND);
    expect(rows[0]).toMatchObject({
      ...{ settings: ['statement_timeout = 99000'], statements: ['mine'], cursors: ['c'], channels: ['ticks'] },
      ...{ locks: [7], tables: ['left_behind'] },
    });
  });
});

/** What `pg` has and its types leave out. */
interface Canceller {
  connect(port: number, host: string): void;
  cancel(processId: number, secretKey: number): void;
}

describe('what is not in a text is seen on the wire', () => {
  // on a database of its own, for it leaves something behind in the pooler's connections
  let aside: TestDatabase;
  beforeAll(async () => {
    aside = await createTestDatabase(inject('postgres'));
  });
  afterAll(() => aside.drop());

  const rule = (id: string) => POOLER_RULES.find((candidate) => candidate.id === id) as PoolerRule;

  /** What the recorder saw of a client that does `work`. */
  async function seen(work: (url: string) => Promise<unknown>): Promise<RecordedConnection[]> {
    const own = await startWireRecorder(aside.appUrl);
    try {
      await work(own.url);
      return [...own.connections];
    } finally {
      await own.stop();
    }
  }

  test('a startup parameter, which PgBouncer refuses, too', async () => {
    const [connection] = await seen(async (url) => {
      const client = new pg.Client({ connectionString: url, statement_timeout: 1000 });
      await expect(client.connect()).rejects.toThrow('unsupported startup parameter');
    });
    expect(rule('safe-startup-parameters').broken(connection as RecordedConnection)).toEqual(['statement_timeout']);
  });

  test('a named statement', async () => {
    const [connection] = await seen((url) =>
      withClient(url, (client) => client.query({ name: 'mine', text: 'select 1' })),
    );
    expect(rule('no-named-statement').broken(connection as RecordedConnection)).toEqual(['statement "mine"']);
  });

  test('a request to cancel', async () => {
    const connections = await seen((url) =>
      withClient(url, async (client) => {
        const query = client.query('select pg_sleep(20)');
        const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
        const { hostname, port } = new URL(url);
        const canceller = new pg.Connection() as pg.Connection & Canceller;
        canceller.on('connect', () => canceller.cancel(processID, secretKey));
        canceller.connect(Number(port), hostname);
        await expect(query).rejects.toThrow('canceling statement');
      }),
    );
    expect(connections.flatMap(rule('no-cancel-request').broken)).toEqual(['a request to cancel']);
  });
});
