import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockDirectory } from '../../servers/directory-lock.ts';
import { pgbouncerSettings } from '../../servers/pgbouncer-config.ts';
import { withClient } from '../../servers/postgres-cluster.ts';
import { pooler, query, startServers } from '../support/start-servers.ts';

const { printed, root, start, startPooler } = startServers();

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

  test('is durable, sorts by code point, checks its pages and requires passwords', async () => {
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

  test('belongs to a role that may create roles and grant pg_monitor, and is not a superuser', async () => {
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

  test('two poolers with separate files share one Postgres, and its password stays the same', async () => {
    const postgres = await start(dataDirectory);
    const [one, two] = [
      await startPooler(postgres),
      await startPooler(postgres, { dataDirectory: join(root, 'second') }),
    ];
    for (const { appUrl } of [one, two]) expect(await query(appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(startPooler(postgres)).rejects.toThrow(`in use by process ${process.pid}`);
  });

  test('a Ctrl-C in the terminal does not reach the servers, which have their own sessions', async () => {
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    for (const { pid } of [postgres, bouncer]) expect(() => process.kill(-pid, 0)).not.toThrow();
  });

  test('a server that dies is noticed and reported', async () => {
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
    expect(printed).toContainEqual(expect.stringContaining('no committed row is lost'));
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

function passwordsIn(directory: string): string[] {
  return Object.values(JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')) as Record<string, string>);
}
