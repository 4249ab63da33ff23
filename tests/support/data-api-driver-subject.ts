import { afterAll, beforeAll, inject } from 'vitest';
import type { Statement } from '../../functions/database/database.ts';
import type { DataApiDatabase } from '../../functions/database/drivers/data-api/data-api-database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { connect, type DataApiAccess } from './backends/data-api.ts';
import { createTestDatabase, type TestDatabase, withClient } from './postgres.ts';

export let copy: TestDatabase;
export let backend: DataApiAccess;
export let database: DataApiDatabase;
/** The driver with which results are compared. */
export let pg: PostgresDatabase;

/** Call once at the top of a test file. Opens the driver on a local Data API, with a table of notes. */
export function prepareDriverTests(): void {
  beforeAll(async () => {
    copy = await createTestDatabase(inject('postgres'));
    await withClient(copy.ownerUrl, (client) =>
      client.query(`create table tick_store.notes (id int8 primary key, note text);
        grant select, insert, update on tick_store.notes to tick_store_app`),
    );
    backend = await connect(copy);
    database = backend.open();
    pg = new PostgresDatabase({
      url: copy.appUrl,
      applicationName: 'test',
      acquireTimeoutMs: 5_000,
      queryTimeoutMs: 22_000,
      recycleSeconds: 3600,
      onIdleError: () => undefined,
    });
  });
  afterAll(async () => {
    await database.close();
    await pg.close();
    await backend.stop();
    await copy.drop();
  });
}

export const soon = (ms = 20_000) => ({ deadline: Date.now() + ms, idempotent: true });
export const statement = (text: string, ...values: Statement['values']): Statement => ({ name: 'test', text, values });
export const notes = () =>
  withClient(copy.ownerUrl, async (client) => {
    const { rows } = await client.query<{ id: string; note: string }>(
      'select id, note from tick_store.notes order by id',
    );
    return rows.map(({ id, note }) => [Number(id), note]);
  });
export const note = (id: number, text = 'x') =>
  statement('insert into tick_store.notes values ($1::int8, $2::text)', id, text);

/** The endpoint's calls after the first `from`. */
export const callsFrom = (calls: readonly string[], from: number) => calls.slice(from);
