import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type pg from 'pg';
import { type LocalPostgres, startPostgres } from './postgres.ts';
import { withClient } from './postgres-cluster.ts';

/** The content of a table: the number of rows, and a checksum that changes with any value in any of them. */
export interface TableDigest {
  readonly rows: string;
  readonly digest: string;
}

export type Digests = Readonly<Record<string, TableDigest>>;

/** A server that was restored from a backup of another one and runs next to it. */
export interface RestoredCopy {
  readonly postgres: LocalPostgres;
  /** The source's content at the moment of the backup. */
  readonly expected: Digests;
  /** Time to copy the files. Milliseconds. */
  readonly backupMs: number;
  /** Time until the copy accepts connections, including recovery. Milliseconds. */
  readonly restoreMs: number;
  /** How long writers of the source waited. Milliseconds. */
  readonly heldUpMs: number;
  /** Stops the copy and removes its files. */
  remove(): Promise<void>;
}

/** Files that a backup leaves out: those that a running server writes for itself, and the WAL, which is copied last. */
const LEFT_OUT = /^(postmaster\.(pid|opts)|(pg_wal|pg_replslot|pg_stat_tmp|pgsql_tmp)\/.+)$/;

/** The name of a WAL segment. Names sort in the order of writing. */
const SEGMENT = /^[0-9A-F]{24}$/;

interface Stop {
  readonly labelfile: string;
  readonly segment: string;
}

/** Ends the backup and starts a new WAL segment. */
const BACKUP_STOP = 'select labelfile, pg_walfile_name(lsn) as segment from pg_backup_stop(false)';

/**
 * Takes a backup of a running server: a snapshot of its files, with the WAL that makes them consistent. Restores it
 * next to the server. Writers wait while the backup ends, so that the expected content of the copy is known exactly.
 * @throws Error, with nothing left running, if the copy does not start
 */
export async function restoreBackup(source: LocalPostgres, print: (line: string) => void): Promise<RestoredCopy> {
  const home = join(source.directory, 'restored');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { mode: 0o700 });
  try {
    const started = performance.now();
    const { expected, heldUpMs } = await backUp(source, home);
    const backedUp = performance.now();
    const postgres = await startPostgres({ dataDirectory: home, names: source.names, print });
    return {
      ...{ postgres, expected, heldUpMs },
      backupMs: backedUp - started,
      restoreMs: performance.now() - backedUp,
      remove: async () => {
        await postgres.stop();
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

/** Digests of every table of the database, per partition. */
export const digestsOf = (server: LocalPostgres): Promise<Digests> =>
  withClient(databaseUrl(server), async (client) => digests(client, await tablesIn(client)));

/** The tables whose rows differ, each with both counts. */
export function differences(expected: Digests, found: Digests): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].toSorted().flatMap((table) => {
    const [before, after] = [expected[table], found[table]];
    if (before?.digest === after?.digest && before?.rows === after?.rows) return [];
    return [`${table}: ${before?.rows ?? 'no'} rows, restored ${after?.rows ?? 'none'}`];
  });
}

/** The URL of the database with all data, as the role that may read all of it. */
const databaseUrl = ({ superuserUrl, names }: LocalPostgres): string =>
  Object.assign(new URL(superuserUrl), { pathname: `/${names.database}` }).href;

async function backUp(source: LocalPostgres, home: string): Promise<{ expected: Digests; heldUpMs: number }> {
  const [from, to] = [join(source.directory, 'postgres'), join(home, 'postgres')];
  const url = databaseUrl(source);
  return withClient(source.superuserUrl, async (backup) => {
    await backup.query("select pg_backup_start('restore drill', true)");
    await cp(from, to, { recursive: true, filter: (path) => !LEFT_OUT.test(relative(from, path)) });
    return withClient(url, (reader) =>
      withClient(url, async (holder) => {
        const tables = await tablesIn(reader);
        const held = performance.now();
        // nobody writes between the reader's snapshot and the end of the backup, so both are from the same moment
        await holder.query(`begin; set local lock_timeout = '5s'; lock table ${tables.join(', ')} in share mode`);
        await reader.query('begin isolation level repeatable read, read only');
        await reader.query('select 1');
        const [stop] = (await backup.query<Stop>(BACKUP_STOP)).rows;
        if (stop === undefined) throw new Error('pg_backup_stop returned nothing');
        await holder.query('rollback');
        const heldUpMs = performance.now() - held;
        writeFileSync(join(to, 'backup_label'), stop.labelfile);
        // recovery replays all the WAL it finds, and the service has continued to write: the WAL ends where the backup
        // does
        const isOfBackup = (path: string) =>
          basename(path) === 'pg_wal' || (SEGMENT.test(basename(path)) && basename(path) <= stop.segment);
        await cp(join(from, 'pg_wal'), join(to, 'pg_wal'), { recursive: true, filter: isOfBackup });
        await cp(join(source.directory, 'secrets.json'), join(home, 'secrets.json'));
        return { expected: await digests(reader, tables), heldUpMs };
      }),
    );
  });
}

/** Table names, quoted, with their schemas. */
async function tablesIn(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^(pg_|information_schema$)'
     order by 1`);
  return rows.map(({ name }) => name);
}

/** Independent of the order of rows: their hashes are summed. */
async function digests(client: pg.Client, tables: readonly string[]): Promise<Digests> {
  const found: Record<string, TableDigest> = {};
  for (const table of tables) {
    const { rows } = await client.query<TableDigest>(
      `select count(*)::text as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as digest from ${table} t`,
    );
    if (rows[0] !== undefined) found[table] = rows[0];
  }
  return found;
}
