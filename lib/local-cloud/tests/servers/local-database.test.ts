import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../servers/child-process.ts';
import type { DatabaseNames, PoolerSettings } from '../../servers/database-specification.ts';
import { lockDirectory } from '../../servers/directory-lock.ts';
import { type LocalPgBouncer, type PgBouncerOptions, startPgBouncer } from '../../servers/pgbouncer.ts';
import { findPgBouncer } from '../../servers/pgbouncer-binary.ts';
import { pgbouncerSettings } from '../../servers/pgbouncer-config.ts';
import { aptIsHere } from '../../servers/pgbouncer-debian.ts';
import { type LocalPostgres, type PostgresOptions, startPostgres } from '../../servers/postgres.ts';
import { withClient } from '../../servers/postgres-cluster.ts';
import { commandLine, identify, isRunning, type ProcessIdentity } from '../../servers/process-table.ts';
import { removeDatabase } from '../../servers/remove-database.ts';
import { isRoot, unprivilegedUser } from '../../servers/unprivileged-user.ts';

// A start from nothing takes 0.6 s and the slowest stop 4 s; a busy machine may take many times that.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const names: DatabaseNames = {
  database: 'shop',
  owner: 'shop_owner',
  application: 'shop_app',
  monitor: 'shop_monitor',
};
const pooler: PoolerSettings = {
  baseConnections: 20,
  overflowConnections: 50,
  acquireTimeoutSeconds: 30,
  recycleSeconds: 3600,
  checkBeforeUse: true,
};
const servers = join(import.meta.dirname, '..', '..', 'servers');

const root = mkdtempSync(join(tmpdir(), 'tick-store-local-'));
// mkdtemp closes it to everybody else; the account that runs the servers for root has to pass.
chmodSync(root, 0o711);

let printed: string[] = [];
const print = (line: string): void => void printed.push(line);
/** What a test started and did not stop itself, last started first. */
let running: { stop(): Promise<void> }[] = [];
let children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of running) await server.stop();
  children = [];
  running = [];
  printed = [];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(dataDirectory: string, options: Partial<PostgresOptions> = {}): Promise<LocalPostgres> {
  const postgres = await startPostgres({ dataDirectory, names, print, ...options });
  running.unshift(postgres);
  return postgres;
}

async function startPooler(postgres: LocalPostgres, options: Partial<PgBouncerOptions> = {}): Promise<LocalPgBouncer> {
  const started = await startPgBouncer({ dataDirectory: postgres.directory, postgres, pooler, print, ...options });
  running.unshift(started);
  return started;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return await withClient(url, async (client) => (await client.query(sql)).rows);
}

describe('a database made from nothing', () => {
  const dataDirectory = join(root, 'shared');

  test('serves the functions through PgBouncer, keeps its rows over a restart and hides its passwords', async () => {
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    expect(await query(bouncer.appUrl, 'select current_user::text, current_database()::text')).toEqual([
      { current_user: 'shop_app', current_database: 'shop' },
    ]);
    await query(postgres.ownerUrl, 'create table ticks as select 42 as price; grant select on ticks to shop_app');
    await bouncer.stop();
    await postgres.stop();

    const again = await start(dataDirectory);
    const pooled = await startPooler(again);
    expect(await query(pooled.appUrl, 'select price from ticks')).toEqual([{ price: 42 }]);
    for (const secret of passwordsIn(again.directory)) {
      expect(printed.join('\n')).not.toContain(secret);
      expect(readFileSync(join(again.directory, 'postgres.log.previous'), 'utf8')).not.toContain(secret);
    }
    for (const name of ['secrets.json', 'pgbouncer/users.txt', 'pgbouncer/pgbouncer.ini']) {
      expect(statSync(join(again.directory, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  test('is durable, sorts by code point, checks its pages and lets passwords in only', async () => {
    const postgres = await start(dataDirectory);
    const [row] = await query(
      postgres.superuserUrl,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
        current_setting('data_checksums') as checksums, current_setting('max_connections') as connections,
        current_setting('server_encoding') as encoding, current_setting('timezone') as timezone,
        (select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'shop') as locale,
        (select string_agg(distinct auth_method, ' ') from pg_hba_file_rules) as auth`,
    );
    const durable = { fsync: 'on', commit: 'on', checksums: 'on' };
    const text = { encoding: 'UTF8', timezone: 'UTC', locale: 'b C.UTF-8' };
    expect(row).toEqual({ ...durable, ...text, connections: '100', auth: 'scram-sha-256' });
    expect(readdirSync(tmpdir())).not.toContain(`.s.PGSQL.${postgres.port}`);
  });

  test('belongs to a role that may make roles and hand on pg_monitor, and is not a superuser', async () => {
    const postgres = await start(dataDirectory);
    expect(
      await query(
        postgres.ownerUrl,
        `select r.rolsuper, r.rolcreaterole, m.admin_option,
           (select count(*) from pg_stat_statements) >= 0 as statistics
         from pg_roles r join pg_auth_members m on m.member = r.oid and m.roleid = 'pg_monitor'::regrole
         where r.rolname = current_user`,
      ),
    ).toEqual([{ rolsuper: false, rolcreaterole: true, admin_option: true, statistics: true }]);
    await query(
      postgres.ownerUrl,
      'create role local_test nologin; grant pg_monitor to local_test; drop role local_test',
    );
  });

  test('PgBouncer reports the settings that follow from infra.config.ts', async () => {
    const { adminUrl } = await startPooler(await start(dataDirectory));
    const reported = await query(adminUrl, 'show config');
    const values = Object.fromEntries(reported.map(({ key, value }) => [key, value ?? '']));
    expect(values).toMatchObject(pgbouncerSettings(pooler));
    expect(values).toMatchObject({ auth_type: 'scram-sha-256', listen_addr: '127.0.0.1', unix_socket_dir: '' });
    expect(values.ignore_startup_parameters).toBe('');
  });

  test('a client that waits too long for a connection is refused with 08P01', async () => {
    const overrides = {
      query_wait_timeout: '1',
      default_pool_size: '1',
      reserve_pool_size: '0',
      max_db_connections: '1',
    };
    const { appUrl } = await startPooler(await start(dataDirectory), { overrides });
    await withClient(appUrl, async (holder) => {
      await holder.query('begin');
      await expect(query(appUrl, 'select 1')).rejects.toMatchObject({
        code: '08P01',
        message: expect.stringContaining('query_wait_timeout'),
      });
    });
  });

  test('other databases of the same Postgres are reachable through the pooler', async () => {
    const postgres = await start(dataDirectory);
    await query(postgres.superuserUrl, 'create database another');
    const bouncer = await startPooler(postgres);
    expect(await query(bouncer.urlFor('another'), 'select current_database()::text as name')).toEqual([
      { name: 'another' },
    ]);
  });

  test('two poolers with files of their own share one Postgres, and its password stays the same', async () => {
    const postgres = await start(dataDirectory);
    const [one, two] = [
      await startPooler(postgres),
      await startPooler(postgres, { dataDirectory: join(root, 'second') }),
    ];
    for (const { appUrl } of [one, two]) expect(await query(appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(startPooler(postgres)).rejects.toThrow(`in use by process ${process.pid}`);
  });

  test('a Ctrl-C in the terminal does not reach the servers: they are in sessions of their own', async () => {
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    for (const { pid } of [postgres, bouncer]) expect(() => process.kill(-pid, 0)).not.toThrow();
  });

  test('the death of a server while it runs is seen and said', async () => {
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    process.kill(bouncer.pid, 'SIGKILL');
    process.kill(postgres.pid, 'SIGKILL');
    expect(await Promise.all([bouncer.exited, postgres.exited])).toEqual([null, null]);
    await bouncer.stop();
    await postgres.stop();
    expect(printed).toContainEqual(expect.stringContaining(`PostgreSQL (process ${postgres.pid}) ended by itself`));
    expect(printed).toContainEqual(expect.stringContaining(`PgBouncer (process ${bouncer.pid}) ended by itself`));

    await start(dataDirectory);
    expect(printed).toContainEqual(expect.stringContaining('every committed row is there'));
  });

  test('servers that do not react are ended by force', async () => {
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    process.kill(bouncer.pid, 'SIGSTOP');
    await bouncer.stop();
    expect(printed).toContainEqual(
      expect.stringContaining('PgBouncer did not end within 3 s of SIGINT: sending SIGTERM'),
    );
    expect(identify(bouncer.pid)).toBeUndefined();
  });
});

describe('a start that cannot succeed says why', () => {
  test('a second one on the same directory, naming the process of the first, which goes on', async () => {
    const dataDirectory = join(root, 'twice');
    const first = await start(dataDirectory);
    await expect(startPostgres({ names, dataDirectory, print })).rejects.toThrow(`in use by process ${process.pid}`);
    const elsewhere = await run(`await startPostgres({ names, dataDirectory, print })`, dataDirectory);
    expect(elsewhere.stderr).toContain(`in use by process ${process.pid}`);
    await expect(removeDatabase(dataDirectory, print)).rejects.toThrow('in use');
    expect(await query(first.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a given port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const postgres = await start(join(root, 'ports'));
    const message = `port ${port} of 127.0.0.1 is taken by another program`;
    await expect(startPostgres({ names, dataDirectory: join(root, 'ports-2'), port, print })).rejects.toThrow(message);
    await expect(startPooler(postgres, { port })).rejects.toThrow(message);
    taken.close();
  });

  test('a server that ends while it starts, with the end of its log', async () => {
    const dataDirectory = join(root, 'refused');
    await expect(startPostgres({ names, dataDirectory, print, settings: { shared_buffers: 'much' } })).rejects.toThrow(
      /PostgreSQL did not start, with exit code 1\. The end of .*postgres\.log:\n.*invalid value.*shared_buffers/s,
    );
    const postgres = await start(dataDirectory);
    await expect(startPooler(postgres, { overrides: { pool_mode: 'none' } })).rejects.toThrow(
      /PgBouncer did not start.*The end of .*pgbouncer\.log:\n.*pool_mode/s,
    );
  });

  test('fewer connections in Postgres than the pooler may open', async () => {
    const postgres = await start(join(root, 'few'), { settings: { max_connections: '40' } });
    await expect(startPooler(postgres)).rejects.toThrow("settings: { max_connections: '100' }");
  });

  test('files of another major version, or without their passwords', async () => {
    const dataDirectory = join(root, 'foreign');
    await start(dataDirectory).then((postgres) => postgres.stop());
    const version = join(dataDirectory, 'postgres', 'PG_VERSION');
    writeFileSync(version, '17\n');
    await expect(startPostgres({ names, dataDirectory, print })).rejects.toThrow(
      /made by PostgreSQL 17, and PostgreSQL 18[\d.]* cannot read it/,
    );
    rmSync(join(dataDirectory, 'secrets.json'));
    await expect(startPostgres({ names, dataDirectory, print })).rejects.toThrow(/secrets\.json is missing/);
    await removeDatabase(dataDirectory, print);
    expect(existsSync(dataDirectory)).toBe(false);
  });
});

describe('after our own process ended without stopping the servers', () => {
  let dataDirectory: string;
  let crashes = 0;
  beforeEach(() => {
    crashes += 1;
    dataDirectory = join(root, `crash-${crashes}`);
  });
  // Where a test fails half-way, this ends what its child left.
  afterAll(async () => {
    for (let nth = 1; nth <= crashes; nth++) await removeDatabase(join(root, `crash-${nth}`), print);
  });

  test('killed: the next start ends its leftovers, recovers every committed row and says so', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    const [line] = await linesOf(child, 1);
    await query(String(line), 'create table survivors (n int); insert into survivors values (1), (2)');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(left.every(isRunning)).toBe(true);

    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    expect(left.filter(isRunning)).toEqual([]);
    expect(await query(postgres.ownerUrl, 'select count(*)::int as n from survivors')).toEqual([{ n: 2 }]);
    expect(await query(bouncer.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    for (const name of ['PostgreSQL', 'PgBouncer']) {
      expect(printed).toContainEqual(expect.stringContaining(`${name} still ran (process`));
    }
  });

  test('killed with its Postgres: sessions that are still at work are ended too, and the log is replayed', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    const [url] = await linesOf(child, 1);
    const sleeping = query(String(url), 'select pg_sleep(60)').catch((error: Error) => error);
    await query(String(url), 'create table survivors (n int); insert into survivors values (1), (2)');
    const asleep = `select from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`;
    await vi.waitUntil(async () => (await query(String(url), asleep)).length > 0, { timeout: 10_000, interval: 20 });
    process.kill(left[0]?.pid ?? 0, 'SIGSTOP');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    process.kill(left[0]?.pid ?? 0, 'SIGKILL');
    await ended;
    const postgres = await start(dataDirectory);
    expect(await sleeping).toBeInstanceOf(Error);
    expect(await query(postgres.ownerUrl, 'select count(*)::int as n from survivors')).toEqual([{ n: 2 }]);
    expect(printed).toContainEqual(expect.stringContaining('every committed row is there'));
  });

  test('an uncaught error: nothing is left running', async () => {
    const child = startChild(`${startBoth}; throw new Error('on purpose')`, dataDirectory);
    const left = await pidsOf(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await until(() => !left.some(isRunning), 10_000)).toBe(true);
  });

  test('a pid file whose pid now belongs to another program does that program no harm', async () => {
    const bystander = spawn('sleep', ['60']);
    const pid = bystander.pid ?? 0;
    const before = await start(dataDirectory);
    const pooler = await startPooler(before);
    await pooler.stop();
    await before.stop();
    for (const name of ['postgres/postmaster.pid', 'pgbouncer/pgbouncer.pid']) {
      writeFileSync(join(dataDirectory, name), `${pid}\n`);
    }
    const postgres = await start(dataDirectory);
    await startPooler(postgres);
    expect(commandLine(pid)).toBe('sleep 60');
    expect(printed).toContainEqual(expect.stringContaining(`process ${pid} is another program now`));
    bystander.kill();
  });

  test('removing the database stops what a killed run left of it', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await removeDatabase(dataDirectory, print);
    expect(left.filter(isRunning)).toEqual([]);
    expect(existsSync(dataDirectory)).toBe(false);
  });
});

describe('a lock', () => {
  test('of a dead process, of a reused pid or of a broken file is taken over; that of a live one is not', () => {
    const directory = join(root, 'locked');
    mkdirSync(directory);
    for (const stale of [
      { pid: 2 ** 22 + 1, startedAt: 'x' },
      { pid: process.pid, startedAt: 'an earlier run' },
      'broken',
    ]) {
      writeFileSync(join(directory, 'lock'), JSON.stringify(stale));
      const lock = lockDirectory(directory);
      expect(() => lockDirectory(directory)).toThrow(`in use by process ${process.pid}`);
      lock.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });
});

describe.runIf(isRoot())('when root starts it', () => {
  test('both servers run as an account without rights', async () => {
    const postgres = await start(join(root, 'unprivileged'));
    const bouncer = await startPooler(postgres);
    for (const { pid } of [postgres, bouncer]) expect(statSync(`/proc/${pid}`).uid).toBe(unprivilegedUser()?.uid);
  });

  test('below a closed directory the files go where that account reaches them, and a line says where', async () => {
    const closed = join(root, 'closed');
    const dataDirectory = join(closed, 'project', 'data');
    mkdirSync(closed, { mode: 0o700 });
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres, { dataDirectory });
    expect(postgres.directory).toMatch(/^\/var\/lib\/local-cloud\/.*closed-project-data-[0-9a-f]{8}$/);
    expect(printed).toEqual([expect.stringContaining(`its files are in ${postgres.directory}`)]);
    expect(await query(bouncer.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await bouncer.stop();
    await postgres.stop();
    expect((await start(dataDirectory)).directory).toBe(postgres.directory);
    await running[0]?.stop();
    await removeDatabase(dataDirectory, print);
    expect([existsSync(postgres.directory), existsSync(dataDirectory)]).toEqual([false, false]);
  });
});

describe('where PgBouncer is not installed', () => {
  test.runIf(aptIsHere())(
    'its package is fetched without installing it, and serves from the cache',
    async ({ skip }) => {
      const cache = join(root, 'cache');
      mkdirSync(cache);
      const find = () => findPgBouncer({ user: unprivilegedUser(), print, searchPath: [], cache });
      skip(!(await hasDebianMirror()), 'the Debian mirror cannot be reached from here');
      const fetched = find();
      expect(fetched.executable).toBe(join(cache, 'pgbouncer', 'usr', 'sbin', 'pgbouncer'));
      expect(fetched.version).toMatch(/^1\.\d+/);
      expect(printed).toEqual([expect.stringContaining('fetching its package')]);
      printed = [];
      expect(find()).toEqual(fetched);
      expect(printed).toEqual([]);
    },
    // apt, over the network
    120_000,
  );

  test('one that is too old, or does not run, is refused with the way to get another', () => {
    const searchPath = [join(root, 'bin')];
    mkdirSync(join(root, 'bin'));
    const find = () => findPgBouncer({ user: unprivilegedUser(), print, searchPath });
    const fake = join(root, 'bin', 'pgbouncer');
    writeFileSync(fake, '#!/bin/sh\necho PgBouncer 1.16.1\n', { mode: 0o755 });
    expect(find).toThrow(/is PgBouncer 1\.16\.1, and 1\.18 or newer is needed: .*pgbouncer/);
    writeFileSync(fake, '#!/bin/sh\necho no library >&2; exit 127\n');
    expect(find).toThrow(/does not run here \(no library\)/);
  });
});

/** Starts both servers, prints their pids and then the owner's URL, for a test to read. */
const startBoth = `
  const postgres = await startPostgres({ dataDirectory, names, print });
  const bouncer = await startPgBouncer({ dataDirectory, postgres, pooler, print });
  console.log(postgres.pid, bouncer.pid);
  console.log(postgres.ownerUrl)`;

/** A process of its own, because ours must outlive what happens to it. */
function startChild(code: string, dataDirectory: string): ChildProcess {
  const imports = `
    import { startPostgres } from ${JSON.stringify(join(servers, 'postgres.ts'))};
    import { startPgBouncer } from ${JSON.stringify(join(servers, 'pgbouncer.ts'))};
    const names = ${JSON.stringify(names)};
    const pooler = ${JSON.stringify(pooler)};
    const dataDirectory = ${JSON.stringify(dataDirectory)};
    const print = () => undefined;`;
  const args = ['--input-type=module', '-e', `${imports}\n${code}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function run(code: string, dataDirectory: string): Promise<{ stderr: string }> {
  const child = startChild(code, dataDirectory);
  if (child.stderr === null) throw new Error('the child has no stderr');
  return { stderr: await text(child.stderr) };
}

const readers = new WeakMap<ChildProcess, AsyncIterator<string>>();

async function linesOf(child: ChildProcess, count: number): Promise<string[]> {
  if (child.stdout === null) throw new Error('the child has no stdout');
  const reader = readers.get(child) ?? createInterface(child.stdout)[Symbol.asyncIterator]();
  readers.set(child, reader);
  const lines: string[] = [];
  while (lines.length < count) {
    const { value, done } = await reader.next();
    if (done) throw new Error(`the child ended: ${child.stderr === null ? '' : await text(child.stderr)}`);
    lines.push(value);
  }
  return lines;
}

async function pidsOf(child: ChildProcess): Promise<ProcessIdentity[]> {
  const [line] = await linesOf(child, 1);
  const found = String(line)
    .split(' ')
    .map((pid) => identify(Number(pid)));
  return found.filter((identity) => identity !== undefined);
}

function passwordsIn(directory: string): string[] {
  return Object.values(JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')) as Record<string, string>);
}

async function hasDebianMirror(): Promise<boolean> {
  const child = spawn('apt-get', ['download', '--print-uris', '-qq', 'pgbouncer'], { cwd: tmpdir() });
  const uri = (await text(child.stdout)).match(/http[^']+/)?.[0];
  if (uri === undefined) return false;
  return await fetch(uri, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then(
    (response) => response.ok,
    () => false,
  );
}
