import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { lastLines, startServer } from './child-process.ts';
import type { ServerFiles } from './data-directory.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { type Secrets, scramVerifier, writePrivate } from './private-files.ts';

/** The database that holds the ticks, the role that owns it and migrates it, and the role that the functions use. */
export const DATABASE = 'tick_store';
export const OWNER = 'tick_store_owner';
export const APP = 'tick_store_app';

/** @throws Error when the files are those of another major version, which this server cannot read. */
export function assertSameMajorVersion(cluster: string, version: string): void {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const major = version.split('.')[0];
  if (found === major) return;
  throw new Error(
    `${cluster} was made by PostgreSQL ${found}, and this is ${version}, which cannot read it: ` +
      'start over without the stored ticks by npm start -- --fresh',
  );
}

/**
 * Makes an empty cluster: UTF-8, sorted by code point on every platform, checksums on every page, scram passwords only.
 * 0.4 s. Its own fsync stays on, which costs 0.06 s of that. A crash on the way leaves no half-made cluster.
 */
export async function createCluster(files: ServerFiles, binaries: PostgresBinaries, secrets: Secrets): Promise<void> {
  const { cluster, directory, user } = files;
  const draft = `${cluster}.new`;
  const logFile = join(directory, 'initdb.log');
  const passwordFile = join(directory, 'initdb.password');
  rmSync(draft, { recursive: true, force: true });
  rmSync(logFile, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  chmodSync(draft, 0o700);
  writePrivate(passwordFile, secrets.superuser);
  if (user !== undefined) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    const initdb = await startServer({
      name: 'initdb',
      executable: binaries.initdb,
      args: [
        ...['--pgdata', draft, '--username', 'postgres', '--pwfile', passwordFile],
        ...['--auth-host', 'scram-sha-256', '--auth-local', 'scram-sha-256', '--data-checksums'],
        ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ],
      workingDirectory: directory,
      user,
      logFile,
      signalAtExit: 'SIGKILL',
    });
    const code = await initdb.exited;
    if (code !== 0) throw new Error(`initdb failed (exit code ${code}). ${lastLines(logFile)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, cluster);
}

export function clusterExists(cluster: string): boolean {
  return existsSync(join(cluster, 'PG_VERSION'));
}

/** Makes the owner's role and his database where they do not exist yet; safe to repeat after a crash half-way. */
export async function bootstrap(urlOf: (database: string) => string, secrets: Secrets): Promise<void> {
  if (await isComplete(urlOf(DATABASE))) return;
  await withClient(urlOf('postgres'), async (client) => {
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${OWNER}') then
          create role ${OWNER} login createrole nosuperuser password '${scramVerifier(secrets.owner)}';
          grant pg_monitor to ${OWNER} with admin option;
        end if;
      end $$`);
    const { rowCount } = await client.query(`select from pg_database where datname = '${DATABASE}'`);
    if (rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER}`);
  });
  await withClient(urlOf(DATABASE), async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
  });
}

/**
 * Gives the functions' role its password. The migrations make the role; where they have not run yet, it is made here.
 */
export async function setAppPassword(superuserUrl: string, secrets: Secrets): Promise<void> {
  // The owner gets the rights that he would have as the role's creator, so that his migrations can alter and grant it.
  await withClient(superuserUrl, async (client) => {
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${APP}') then
          create role ${APP} login;
          grant ${APP} to ${OWNER} with admin true, inherit false, set false;
        end if;
      end $$;
      alter role ${APP} password '${scramVerifier(secrets.app)}'`);
  });
}

/** The extension comes last in the bootstrap: where it is, all is. */
async function isComplete(url: string): Promise<boolean> {
  try {
    return await withClient(url, async (client) => {
      const { rowCount } = await client.query(`select from pg_extension where extname = 'pg_stat_statements'`);
      return rowCount === 1;
    });
  } catch (error) {
    if ((error as { code?: string }).code === '3D000') return false;
    throw error;
  }
}

/**
 * Lends a connection to a callback and closes it afterwards, whatever happens.
 * @param timeoutMs for the connection, and for each query where it is given
 */
export async function withClient<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
  timeoutMs?: number,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs ?? 10_000,
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
  });
  // A server that dies meanwhile fails the query; the event that comes with it must not end our process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    const ended = client.end().catch(() => undefined);
    // a server that hangs does not answer to a farewell either
    if (timeoutMs === undefined) await ended;
  }
}
