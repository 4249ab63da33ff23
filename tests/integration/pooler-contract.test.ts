import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { FunctionName } from '../../functions/contract/route.ts';
import { PostgresCall } from '../../functions/database/drivers/postgres/postgres-call.ts';
import { POOLER_RULES, type PoolerRule, textsOf } from '../support/pooler-rules.ts';
import { type Handler, tour } from '../support/pooler-tour.ts';
import { createTestDatabase, type TestDatabase, withClient, withDatabase } from '../support/postgres.ts';
import { statementNames } from '../support/statement-names.ts';
import { type RecordedConnection, startWireRecorder, type WireRecorder } from '../support/wire-recorder.ts';

/**
 * Every statement of the functions goes through a real PgBouncer in transaction mode, over a proxy that records the traffic. The
 * recording is checked against the rules of all poolers we support, and the server connections against what a client may leave
 * behind.
 */

const ENTRIES = ['ingest', 'delete', 'restore', 'read', 'reference-data', 'health'] as const satisfies FunctionName[];

let database: TestDatabase;
let wire: WireRecorder;
/** Names of the statements sent, as the driver reports them. */
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
  await tour(handlers, wire.url);
});

afterAll(async () => {
  await wire.stop();
  await database.drop();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The driver reports which statement it sends; the wire shows what was sent. */
function recordCallsOf(name: 'query' | 'begin' | 'commit' | 'rollback'): void {
  const original = PostgresCall.prototype[name] as (...values: unknown[]) => unknown;
  vi.spyOn(PostgresCall.prototype, name).mockImplementation(function (this: PostgresCall, ...values: unknown[]) {
    sent.add(name === 'query' ? (values[0] as { name: string }).name : name);
    return original.apply(this, values) as never;
  });
}

test('the pooler is PgBouncer in transaction mode, and its version is printed', async () => {
  await withClient(inject('postgres').poolerAdminUrl, async (client) => {
    const version = (await client.query('show version')).rows[0]?.version;
    process.stderr.write(`Pooler contract: ${version}, ${sent.size} statements, ${POOLER_RULES.length} rules\n`);
    expect(version).toMatch(/^PgBouncer \d+\.\d+/);
    const settings = (await client.query('show config')).rows as { key: string; value: string }[];
    expect(settings.find(({ key }) => key === 'pool_mode')?.value).toBe('transaction');
  });
});

test('every statement of the functions was sent', () => {
  expect([...sent].sort()).toEqual(statementNames());
});

test('every named statement was recorded on the wire', () => {
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

  test('distinguishes statements that break it from similar ones', () => {
    expect(rule.breaks.filter((text) => !isBrokenBy(rule, text))).toEqual([]);
    expect(rule.keeps.filter((text) => isBrokenBy(rule, text))).toEqual([]);
  });
});

const isBrokenBy = (rule: PoolerRule, text: string) =>
  rule.broken({ startup: {}, isCancelRequest: false, messages: [{ kind: 'parse', name: '', text }] }).length > 0;

/** Session state that another client must not find. */
const LEFT_BEHIND = `
select (select array_agg(name || ' = ' || setting) from pg_settings
         where source = 'session' and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone',
                                                   'standard_conforming_strings', 'IntervalStyle', 'search_path')) as settings,
       (select array_agg(name) from pg_prepared_statements) as statements,
       (select array_agg(name) from pg_cursors where name <> '') as cursors,
       (select array_agg(channel) from pg_listening_channels() channel) as channels,
       (select array_agg(objid) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
       (select array_agg(relname::text) from pg_class where relpersistence = 't' and pg_my_temp_schema() = relnamespace) as tables`;

test('no server connection keeps state for the next client', async () => {
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

test('state in a server connection would be found', async () => {
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

/** What `pg` provides and its types omit. */
interface Canceller {
  connect(port: number, host: string): void;
  cancel(processId: number, secretKey: number): void;
}

describe('what is not SQL text is detected on the wire', () => {
  // in a separate database, because it leaves state behind in the pooler's connections
  let aside: TestDatabase;
  beforeAll(async () => {
    aside = await createTestDatabase(inject('postgres'));
  });
  afterAll(() => aside.drop());

  const rule = (id: string) => POOLER_RULES.find((candidate) => candidate.id === id) as PoolerRule;

  /** What the recorder captured from a client that does `work`. */
  async function seen(work: (url: string) => Promise<unknown>): Promise<RecordedConnection[]> {
    const own = await startWireRecorder(aside.appUrl);
    try {
      await work(own.url);
      return [...own.connections];
    } finally {
      await own.stop();
    }
  }

  test('a startup parameter, which PgBouncer also refuses', async () => {
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
        const ended = once(canceller, 'end');
        canceller.connect(Number(port), hostname);
        await expect(query).rejects.toThrow('canceling statement');
        // PgBouncer 1.18 ends if the client disconnects first (pgbouncer#801)
        await ended;
      }),
    );
    expect(connections.flatMap(rule('no-cancel-request').broken)).toEqual(['a request to cancel']);
  });
});
