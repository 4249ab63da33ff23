import { describe, expect, test, vi } from 'vitest';
import {
  connected,
  connectedBy,
  driverDatabase,
  failureOf,
  note,
  once,
  prepareDriverTests,
  recordSent,
  SYNTAX_ERROR,
  statement,
  storedIds,
  superuser,
  twice,
} from '../support/pg-driver-subject.ts';

prepareDriverTests();

describe('one connection', () => {
  test('is opened at first use, reused by all later calls, and requests nothing that a pooler refuses', async () => {
    const { database, proxy } = await connected();
    expect(proxy.made).toBe(0);
    const sent = recordSent(proxy);
    await database.run(statement('select 1'), once());
    await database.transaction([note(1)], once());
    await database.session((session) => session.run(note(2)), once());
    await Promise.all([database.run(statement('select 1'), once()), database.run(statement('select 2'), once())]);
    expect(proxy.made).toBe(1);
    const startup = sent().slice(8, sent().indexOf('\0\0', 8)).split('\0');
    const parameters = startup.filter((_, index) => index % 2 === 0);
    expect(parameters.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
    expect(startup).toContain('driver-test');
  });

  test('sends unnamed statements only, and leaves no session state behind', async () => {
    const { database, proxy } = await connected();
    const sent = recordSent(proxy);
    await database.run(statement('select $1::int4', 1), once());
    await database.transaction([note(1), note(2)], once());
    await failureOf(database.transaction([SYNTAX_ERROR], once()));
    const names = [...sent().matchAll(/P[\0-\x7f]{4}([^\0]*)\0(?:select|insert|selec) /g)].map((match) => match[1]);
    expect(names).toEqual(['', '', '', '']);
    expect(sent()).not.toMatch(/\b(set|listen|prepare|discard|deallocate)\b|pg_advisory_lock/i);
    expect(
      await superuser(`select from pg_stat_activity where datname = current_database() and state like 'idle in%'`),
    ).toEqual([]);
    const [state] = await database.run(
      statement(`select (select count(*) from pg_prepared_statements) as prepared,
        (select count(*) from pg_cursors where name <> '') as cursors, (select count(*) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())) as locks`),
      once(),
    );
    expect(state).toEqual({ prepared: 0, cursors: 0, locks: 0 });
  });
});

describe('a connection that is opened ahead', () => {
  test('serves the first call', async () => {
    const { database, proxy } = await connected();
    await database.connectAhead(once());
    expect(proxy.made).toBe(1);
    await database.run(note(1), once());
    expect(proxy.made).toBe(1);
  });

  test('is checked before a late first use, and replaced if it has died', async () => {
    const { database, proxy } = await connected();
    await database.connectAhead(once());
    proxy.judge((_, __, connection) => (connection === 0 ? 'drop' : 'forward'));
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    await database.run(note(1), once());
    expect(proxy.made).toBe(2);
    expect(proxy.open, 'the dead one is closed').toBe(1);
  });

  test('does not block the first call if it did not open in time', async () => {
    const { database, proxy } = await connected();
    proxy.judge((_, __, connection) => (connection === 0 ? 'drop' : 'forward'));
    const failure = await failureOf(database.connectAhead(once(600)));
    expect(failure).toMatchObject({ kind: 'overload' });
    await connectedBy(database);
    await database.run(note(1), once());
    expect(await storedIds()).toEqual([1]);
  });
});

describe('a connection that ends while idle', () => {
  test('is reported, and the next call opens another', async () => {
    const { database, proxy, idleErrors } = await connected();
    await database.run(note(1), once());
    proxy.cutAll();
    await vi.waitFor(() => expect(idleErrors).toHaveLength(1), { timeout: 10_000 });
    await database.run(note(2), once());
    expect(proxy.made).toBe(2);
  });

  test('does not matter when only the pooler lost its server', async () => {
    const { database } = await connected();
    await database.run(note(1), once());
    await superuser(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = 'tick_store_app'`);
    await database.run(note(2), twice());
    await database.transaction([note(3)], once());
    expect(await storedIds()).toEqual([1, 2, 3]);
  });

  test('is checked before use and replaced if it died unnoticed during a freeze', async () => {
    const { database, proxy } = await connected();
    await database.run(note(1), once());
    proxy.judge((_, __, connection) => (connection === 0 ? 'drop' : 'forward'));
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    await database.run(note(2), once());
    expect(proxy.made).toBe(2);
    expect(proxy.open, 'the dead one is closed').toBe(1);
  });

  test('is checked after a freeze, and kept if it responds', async () => {
    const { database, proxy } = await connected();
    await database.run(note(1), once());
    const sent = recordSent(proxy);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    await database.run(note(2), once());
    expect(sent()).toContain('select 1');
    expect(proxy.made).toBe(1);
  });
});

test('a password that PgBouncer refuses is requested once more', async () => {
  const right = new URL(driverDatabase().appUrl).password;
  let password = 'of yesterday';
  let refused = 0;
  const { database } = await connected({
    password: async () => password,
    onPasswordRefused: () => {
      refused++;
      password = right;
    },
  });
  expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]);
  expect(refused).toBe(1);
});
