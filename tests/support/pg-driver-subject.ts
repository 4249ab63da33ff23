import { afterAll, afterEach, beforeAll, expect, inject, onTestFinished, vi } from 'vitest';
import type { CallOptions, Parameter, Statement } from '../../functions/database/database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import type { PostgresOptions } from '../../functions/database/drivers/postgres/postgres-pool.ts';
import type { DatabaseError } from '../../functions/database/errors.ts';
import { createTestDatabase, type TestDatabase, withClient } from './postgres.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let testDatabase: TestDatabase;

/** Call once at the top of a test file. Creates a database with a table of notes, which is empty before each test. */
export function prepareDriverTests(): void {
  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('postgres'));
    await withClient(testDatabase.superuserUrl, async (client) => {
      await client.query(`create table public.notes (id int8 primary key, text text)`);
      await client.query(`grant select, insert, update on public.notes to tick_store_app`);
      // the role's own limits are 5 s and 20 s
      for (const limit of [`lock_timeout = '300ms'`, `statement_timeout = '900ms'`])
        await client.query(`alter role tick_store_app in database ${testDatabase.name} set ${limit}`);
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await superuser('truncate public.notes');
  });
  afterAll(() => testDatabase.drop());
}

/** The database of this file. */
export const driverDatabase = (): TestDatabase => testDatabase;

export const superuser = (text: string) =>
  withClient(testDatabase.superuserUrl, async (client) => (await client.query(text)).rows);
export const storedIds = async () =>
  (await superuser('select id::int from public.notes order by id')).map((row) => row.id);

export const statement = (text: string, ...values: Parameter[]): Statement => ({ name: 'a-statement', text, values });
export const note = (id: number, name = 'insert-note'): Statement => ({
  name,
  text: 'insert into public.notes (id) values ($1::int8) returning id',
  values: [id],
});
export const SYNTAX_ERROR: Statement = { name: 'broken-statement', text: 'selec $1::int4', values: [1] };
export const once = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: false });
export const twice = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: true });

export interface Subject {
  readonly database: PostgresDatabase;
  readonly proxy: TcpProxy;
  /** The reported errors of idle connections. */
  readonly idleErrors: string[];
}

/** A driver with a TCP proxy to PgBouncer, which a test can break. */
export async function connected(options: Partial<PostgresOptions> = {}): Promise<Subject> {
  const proxy = await startTcpProxy(testDatabase.appUrl);
  const idleErrors: string[] = [];
  const database = new PostgresDatabase({
    url: proxy.url,
    applicationName: 'driver-test',
    acquireTimeoutMs: 2_000,
    queryTimeoutMs: 5_000,
    recycleSeconds: 3600,
    onIdleError: (error) => void idleErrors.push(error.message),
    ...options,
  });
  onTestFinished(async () => {
    await database.close();
    await proxy.stop();
  });
  return { database, proxy, idleErrors };
}

/**
 * Waits for a call to succeed. Tests allow a few hundred milliseconds to connect, which takes several tries on a busy machine.
 */
export const connectedBy = (database: PostgresDatabase) =>
  vi.waitFor(() => database.run(statement('select 1'), once()), { timeout: 20_000 });

export const failureOf = (promise: Promise<unknown>): Promise<DatabaseError> =>
  promise.then(
    () => expect.fail('the call succeeded'),
    (error) => error,
  );

/** Records the bytes that the driver sends, as text. */
export function recordSent(proxy: TcpProxy): () => string {
  const sent: Buffer[] = [];
  proxy.judge((bytes, direction) => {
    if (direction === 'up') sent.push(bytes);
    return 'forward';
  });
  return () => Buffer.concat(sent).toString('latin1');
}
