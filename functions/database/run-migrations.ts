import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { CallOptions, Database, Statement } from './database.ts';
import { DatabaseError } from './errors.ts';

/** One file of `migrations/`. */
export interface Migration {
  readonly name: string;
  readonly hash: string;
  readonly statements: readonly string[];
  /** Whether its transaction is repeated until its last statement returns `done`. */
  readonly repeated: boolean;
}

/**
 * The first line of a migration that is split over several transactions, such as one per partition. Each transaction must
 * be safe to run again.
 */
const REPEATED = '-- repeated\n';

/** Reads `NNNN_name.sql` files in order. */
export async function readMigrations(directory: URL): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, directory), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      return { name, hash, statements: splitStatements(text), repeated: text.startsWith(REPEATED) };
    }),
  );
}

/**
 * Brings a schema up to date. Each file runs in one transaction, which also records it. A file that has changed since it was
 * recorded is an error. Two runners at once are safe: each inserts the record first, so the second waits for the first and
 * then finds the migration applied.
 * @param whenAhead what to do if the database has migrations that this release does not know. The rollback of a deployment
 * runs the older release's migrations, and must not fail because of those that the newer release added
 * @returns the names of the files that this call applied
 * @throws Error if a recorded file has another hash or is missing, DatabaseError if a statement fails
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  deadline: number,
  whenAhead: 'refuse' | 'accept' = 'refuse',
): Promise<string[]> {
  const options = { deadline, idempotent: false };
  await prepare(database, deadline);
  const applied: string[] = [];
  const recorded = await readRecorded(database, deadline);
  const known = new Set(migrations.map((migration) => migration.name));
  for (const name of recorded.keys()) {
    if (!known.has(name) && whenAhead === 'refuse')
      throw new Error(`The database has migration ${name}, which this release does not: deploy a newer one.`);
  }
  for (const migration of migrations) {
    if (!isNew(migration, recorded)) continue;
    try {
      if (migration.repeated) await repeatUntilDone(database, migration, options);
      await database.transaction(
        [record(migration), ...(migration.repeated ? [] : migration.statements.map(bare(migration.name)))],
        options,
      );
      applied.push(migration.name);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.fields.statement !== 'record-migration') throw error;
      // another runner has just applied it; a changed file is still an error
      if (isNew(migration, await readRecorded(database, deadline))) throw error;
    }
  }
  return applied;
}

/**
 * Repeats a migration's transaction until its last statement reports that nothing is left to do. Only one runner at a time runs
 * a step. If a second runner waited meanwhile, its step may fail: the migration is finished, and later migrations have removed
 * what it needs.
 */
async function repeatUntilDone(database: Database, migration: Migration, options: CallOptions): Promise<void> {
  const lock = bare('lock')(`select pg_advisory_xact_lock(hashtext('tick_store.migrations')) is null as locked`);
  for (let done = false; !done; ) {
    try {
      const results = await database.transaction([lock, ...migration.statements.map(bare(migration.name))], options);
      const [last] = (results.at(-1) ?? []) as { done?: boolean }[];
      if (typeof last?.done !== 'boolean')
        throw new Error(`Migration ${migration.name} is repeated, but its last statement returns no column "done".`);
      done = last.done;
    } catch (error) {
      if (!(error instanceof DatabaseError) || isNew(migration, await readRecorded(database, options.deadline)))
        throw error;
      return;
    }
  }
}

function isNew(migration: Migration, recorded: ReadonlyMap<string, string>): boolean {
  const hash = recorded.get(migration.name);
  if (hash === undefined) return true;
  if (hash !== migration.hash) {
    throw new Error(
      `Migration ${migration.name} has changed since it was applied: restore it, and put the change into a new file.`,
    );
  }
  return false;
}

async function prepare(database: Database, deadline: number): Promise<void> {
  const ready = await database.run<{ ready: boolean }>(
    bare('check')(`select to_regclass('tick_store.migrations') is not null as ready`),
    { deadline, idempotent: true },
  );
  if (ready[0]?.ready) return;
  const statements = [
    // the lock is released at commit; without it, `if not exists` can still collide with another session
    // `is null`, because the Data API has no type for the function's void result
    `select pg_advisory_xact_lock(hashtext('tick_store.migrations')) is null as locked`,
    `create schema if not exists tick_store`,
    `create table if not exists tick_store.migrations (
       name text primary key, hash text not null, applied_at timestamptz not null default now())`,
  ];
  await database.transaction(statements.map(bare('prepare')), { deadline, idempotent: true });
}

async function readRecorded(database: Database, deadline: number): Promise<Map<string, string>> {
  const rows = await database.run<{ name: string; hash: string }>(
    bare('read-migrations')('select name, hash from tick_store.migrations order by name'),
    { deadline, idempotent: true },
  );
  return new Map(rows.map((row) => [row.name, row.hash]));
}

const record = ({ name, hash }: Migration): Statement => ({
  name: 'record-migration',
  text: 'insert into tick_store.migrations (name, hash) values ($1::text, $2::text)',
  values: [name, hash],
});

const bare =
  (name: string) =>
  (text: string): Statement => ({ name, text, values: [] });

/**
 * Splits a file into statements, because the Data API runs one at a time. A statement ends with a line that ends in `;`
 * outside a `$$` body. `$$` is the only dollar quote that our migrations use.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  let inBody = false;
  for (const line of text.split('\n')) {
    if (lines.length === 0 && (line.trim() === '' || line.startsWith('--'))) continue;
    lines.push(line);
    if ((line.split('$$').length - 1) % 2 === 1) inBody = !inBody;
    if (!inBody && line.trimEnd().endsWith(';')) {
      statements.push(lines.join('\n').trimEnd().slice(0, -1));
      lines = [];
    }
  }
  if (lines.length > 0) throw new Error(`A migration ends in the middle of a statement: ${lines[0]}`);
  return statements;
}
