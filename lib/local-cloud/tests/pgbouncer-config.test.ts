import { describe, expect, test } from 'vitest';
import {
  isAtLeast,
  maxConnectionsFor,
  pgbouncerIni,
  pgbouncerSettings,
  pgbouncerUsers,
  settingsSince,
} from '../servers/pgbouncer-config.ts';

const pooler = {
  baseConnections: 20,
  overflowConnections: 50,
  acquireTimeoutSeconds: 30,
  recycleSeconds: 3600,
  checkBeforeUse: true,
};

describe("the pooler's settings in PgBouncer's words", () => {
  test('the original pool of 20 + 50 connections, 30 s, 1 h and a check before use', () => {
    expect(pgbouncerSettings(pooler)).toMatchObject({
      pool_mode: 'transaction',
      default_pool_size: '20',
      reserve_pool_size: '50',
      reserve_pool_timeout: '0.1',
      max_db_connections: '70',
      query_wait_timeout: '30',
      server_lifetime: '3600',
      server_idle_timeout: '600',
      server_check_delay: '30',
      server_check_query: 'select 1',
      max_client_conn: '1000',
    });
  });

  test('each setting follows its own number', () => {
    const other = { baseConnections: 3, overflowConnections: 4, acquireTimeoutSeconds: 5, recycleSeconds: 60 };
    expect(pgbouncerSettings({ ...other, checkBeforeUse: true })).toMatchObject({
      default_pool_size: '3',
      reserve_pool_size: '4',
      max_db_connections: '7',
      query_wait_timeout: '5',
      server_lifetime: '60',
    });
  });

  test('no check before use is an empty query, which disables the check', () => {
    expect(pgbouncerSettings({ ...pooler, checkBeforeUse: false }).server_check_query).toBe('');
  });

  test('startup parameters are refused as they are in the cloud', () => {
    expect(pgbouncerSettings(pooler)).not.toHaveProperty('ignore_startup_parameters');
  });

  test('named prepared statements stay off where a version could keep them', () => {
    expect(settingsSince('1.18.0')).toEqual({});
    expect(settingsSince('1.25.2')).toEqual({ max_prepared_statements: '0' });
  });

  test('Postgres gets room for the pooler and 30 more', () => {
    expect(maxConnectionsFor(pooler)).toBe(100);
  });
});

describe("PgBouncer's files", () => {
  const ini = pgbouncerIni({
    port: 6432,
    postgresPort: 5432,
    usersFile: '/data/users.txt',
    monitor: 'watcher',
    settings: { verbose: '1' },
  });

  test('every database is reachable, on the loopback address only, with scram passwords', () => {
    expect(ini).toContain('[databases]\n* = host=127.0.0.1 port=5432\n');
    for (const line of ['listen_addr = 127.0.0.1', 'unix_socket_dir = ', 'auth_type = scram-sha-256', 'verbose = 1']) {
      expect(ini.split('\n')).toContain(line);
    }
  });

  test('a quote in a password is doubled', () => {
    expect(pgbouncerUsers({ app: 'a"b', stats: 'c' })).toBe('"app" "a""b"\n"stats" "c"\n');
  });
});

test.each([
  ['1.18.0', '1.18', true],
  ['1.9.0', '1.18', false],
  ['2.0', '1.18', true],
  ['1.17.9', '1.18', false],
])('version %s is at least %s: %s', (version, wanted, expected) => {
  expect(isAtLeast(version, wanted)).toBe(expected);
});
