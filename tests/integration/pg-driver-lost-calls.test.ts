import { describe, expect, test, vi } from 'vitest';
import { array, type CallOptions, type Statement } from '../../functions/database/database.ts';
import type { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import {
  connected,
  connectedBy,
  driverDatabase,
  failureOf,
  note,
  once,
  prepareDriverTests,
  statement,
  storedIds,
  superuser,
  twice,
} from '../support/pg-driver-subject.ts';
import { withClient } from '../support/postgres.ts';

prepareDriverTests();

describe('a call that takes too long', () => {
  test('waits for a lock up to lock_timeout: conflict', async () => {
    const { database } = await connected();
    await database.run(note(1), once());
    await withClient(driverDatabase().superuserUrl, async (blocker) => {
      await blocker.query('begin; lock table public.notes');
      const error = await failureOf(database.transaction([note(2)], twice()));
      expect(error).toMatchObject({ kind: 'conflict', fields: { code: '55P03', rolledBack: true } });
      await blocker.query('rollback');
    });
    expect(await storedIds()).toEqual([1]);
  });

  test('runs up to statement_timeout: timeout, and nothing is written', async () => {
    const { database } = await connected();
    const error = await failureOf(database.transaction([note(1), statement('select pg_sleep(9)')], twice()));
    expect(error).toMatchObject({ kind: 'timeout', fields: { code: '57014', rolledBack: true } });
    expect(await storedIds()).toEqual([]);
  });

  test('runs up to the driver’s own limit: timeout, the connection is closed, and nothing is written', async () => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 600, queryTimeoutMs: 100 });
    await connectedBy(database);
    const error = await failureOf(
      database.session(async (session) => {
        await session.run(note(1));
        await session.run(statement('select pg_sleep(9)'));
      }, twice()),
    );
    expect(error).toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    expect(error.fields.code).toBeUndefined();
    await vi.waitFor(() => expect(proxy.open).toBe(0), { timeout: 10_000 });
    await connectedBy(database);
    expect(await storedIds()).toEqual([]);
  });

  test('runs up to the caller’s deadline: timeout', async () => {
    const { database, proxy } = await connected();
    const error = await failureOf(database.run(statement('select pg_sleep(9)'), once(1_000)));
    expect(error.kind).toBe('timeout');
    await vi.waitFor(() => expect(proxy.open).toBe(0), { timeout: 10_000 });
  });

  test('with a deadline in the past sends nothing: timeout', async () => {
    const { database, proxy } = await connected();
    for (const call of [database.run(note(1), once(-1)), database.transaction([note(1)], once(100))]) {
      expect(await failureOf(call)).toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    }
    expect(proxy.made).toBe(0);
  });
});

describe('a pooler that does not respond', () => {
  test.each([
    ['run', (database: PostgresDatabase) => database.run(note(1), once())],
    ['transaction', (database: PostgresDatabase) => database.transaction([note(1)], once())],
    ['session', (database: PostgresDatabase) => database.session((session) => session.run(note(1)), once())],
  ])('causes overload for a %s after the time to acquire, and its connection is closed', async (_, call) => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 300 });
    await connectedBy(database);
    proxy.blackHole();
    expect(await failureOf(call(database))).toMatchObject({ kind: 'overload' });
    await vi.waitFor(() => expect(proxy.open).toBe(0), { timeout: 10_000 });
    proxy.heal();
    await connectedBy(database);
    expect(await storedIds()).toEqual([]);
  });

  test('causes overload for a new connection too', async () => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 300 });
    proxy.blackHole('down');
    expect(await failureOf(database.run(note(1), twice()))).toMatchObject({ kind: 'overload' });
    proxy.heal();
    await connectedBy(database);
  });

  test('causes unavailable when it refuses connections', async () => {
    const { database, proxy } = await connected();
    await proxy.stop();
    expect(await failureOf(database.run(note(1), once()))).toMatchObject({
      kind: 'unavailable',
      fields: { code: 'ECONNREFUSED', rolledBack: true },
    });
  });
});

describe('a BEGIN that fails', () => {
  test.each([
    ['run', (database: PostgresDatabase) => database.run(note(1), once())],
    ['transaction', (database: PostgresDatabase) => database.transaction([note(1)], once())],
    ['session', (database: PostgresDatabase) => database.session((session) => session.run(note(1)), once())],
    ['session that ends at once', (database: PostgresDatabase) => database.session((s) => s.finish(note(1)), once())],
  ])('also rolls back what a %s has sent behind it', async (_, call) => {
    const { database, proxy } = await connected();
    await connectedBy(database);
    proxy.judge((bytes) => {
      const at = bytes.indexOf('begin\0');
      if (at !== -1) bytes.write('begun', at);
      return 'forward';
    });
    expect(await failureOf(call(database))).toMatchObject({ kind: 'bug', fields: { code: '42601', rolledBack: true } });
    proxy.heal();
    await connectedBy(database);
    expect(await storedIds()).toEqual([]);
  });
});

describe('a connection lost in the middle', () => {
  test.each([
    ['run', (database: PostgresDatabase, options: CallOptions) => database.run(note(1), options)],
    ['transaction', (database: PostgresDatabase, options: CallOptions) => database.transaction([note(1)], options)],
    ['session', (database: PostgresDatabase, options: CallOptions) => database.session((s) => s.run(note(1)), options)],
  ])('before a %s was committed causes a retry', async (_, call) => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    let cut = false;
    proxy.judge((bytes, direction) => {
      if (cut || direction === 'down' || !bytes.includes('notes')) return 'forward';
      cut = true;
      return 'cut';
    });
    await call(database, twice());
    expect(await storedIds()).toEqual([1]);
    expect(proxy.made).toBe(2);
  });

  test('after COMMIT was sent is an error, and causes no retry if that could write twice', async () => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    for (const [id, call] of [
      [1, () => database.transaction([note(1)], once())],
      [2, () => database.session((session) => session.run(note(2)), once())],
    ] as const) {
      proxy.loseResponseTo('commit');
      expect(await failureOf(call())).toMatchObject({ kind: 'unavailable', fields: { rolledBack: false } });
      proxy.heal();
      await vi.waitFor(async () => expect(await storedIds()).toContain(id), { timeout: 10_000 });
    }
    expect(await storedIds()).toEqual([1, 2]);
  });

  test('after COMMIT was sent causes a retry if the call is idempotent', async () => {
    const { database, proxy } = await connected();
    const add: Statement = { ...note(1), text: `${note(1).text.replace(' returning id', '')} on conflict do nothing` };
    await database.run(statement('select 1'), once());
    let lost = 0;
    for (const call of [
      () => database.transaction([add], twice()),
      () => database.session((session) => session.run(add), twice()),
    ]) {
      let waiting = -1;
      const losses = lost;
      proxy.judge((bytes, direction, connection) => {
        if (direction === 'up' && bytes.includes('commit')) waiting = connection;
        if (direction === 'up' || connection !== waiting || lost > losses) return 'forward';
        lost++;
        return 'cut';
      });
      await call();
    }
    expect(lost).toBe(2);
    expect(await storedIds()).toEqual([1]);
  });

  test.each([1, 30_000, 100_000])('after %i bytes of a copy writes nothing', async (bytes) => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    const ids = Array.from({ length: 20_000 }, (_, id) => id);
    const error = await failureOf(
      database.session(
        async (session) => {
          await session.run(note(-1));
          proxy.cutAfter(bytes, 'up');
          await session.copy('copy public.notes (id) from stdin (format binary)', [
            [array('int8', ids.slice(0, 10_000))],
            [array('int8', ids.slice(10_000))],
          ]);
        },
        { deadline: Date.now() + 3_000, idempotent: false },
      ),
    );
    expect(error.kind).toBe('unavailable');
    expect(error.fields.rolledBack).toBe(true);
    proxy.heal();
    // the lock waits for any transaction that is still writing to the table
    await superuser('begin; lock table public.notes; commit');
    expect(await storedIds()).toEqual([]);
  });
});
