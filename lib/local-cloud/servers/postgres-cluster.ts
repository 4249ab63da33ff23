import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { lastLines, startServer } from './child-process.ts';
import type { ServerFiles } from './data-directory.ts';
import type { DatabaseNames } from './database-specification.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { type Secrets, scramVerifier, writePrivate } from './private-files.ts';
import { UnusableDatabase } from './unusable-database.ts';

/** @throws UnusableDatabase if the files were created by another major version, which this server cannot read */
export function assertSameMajorVersion(cluster: string, version: string): void {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const major = version.split('.')[0];
  if (found === major) return;
  throw new UnusableDatabase(`${cluster} was created by PostgreSQL ${found}, and PostgreSQL ${version} cannot read it`);
}

/**
 * Creates an empty cluster: UTF-8, sorted by code point on every platform, checksums on every page, only SCRAM
 * passwords. Takes 0.4 s, of which initdb's fsync is 0.06 s. A crash leaves no incomplete cluster.
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

/**
 * Keeps the following statements out of pg_stat_statements, where every member of pg_monitor could read a password's
 * verifier.
 */
const UNTRACKED = `set pg_stat_statements.track = 'none'`;

/** Creates the owner's role and its database if they do not exist; safe to repeat after a crash half-way. */
export async function bootstrap(
  urlOf: (database: string) => string,
  { owner, database }: DatabaseNames,
  secrets: Secrets,
): Promise<void> {
  if (await isComplete(urlOf(database))) return;
  await withClient(urlOf('postgres'), async (client) => {
    await client.query(UNTRACKED);
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${owner}') then
          create role ${owner} login createrole nosuperuser password '${scramVerifier(secrets.owner)}';
          grant pg_monitor to ${owner} with admin option;
        end if;
      end $$`);
    const { rowCount } = await client.query(`select from pg_database where datname = '${database}'`);
    if (rowCount === 0) await client.query(`create database ${database} owner ${owner}`);
  });
  await withClient(urlOf(database), async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
  });
}

/**
 * Sets the password of the functions' role. The migrations create the role; if they have not run yet, it is created
 * here.
 */
export async function setApplicationPassword(
  superuserUrl: string,
  { application, owner }: DatabaseNames,
  secrets: Secrets,
): Promise<void> {
  // The owner gets the privileges of the role's creator, so that its migrations can alter and grant the role.
  await withClient(superuserUrl, async (client) => {
    await client.query(UNTRACKED);
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${application}') then
          create role ${application} login;
          grant ${application} to ${owner} with admin true, inherit false, set false;
        end if;
      end $$;
      alter role ${application} password '${scramVerifier(secrets.application)}'`);
  });
}

/** The extension comes last in the bootstrap: if it exists, the bootstrap is complete. */
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
 * Lends a connection to a callback and closes it afterwards in any case.
 * @param timeoutMs for the connection, and for each query if it is given
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
  // A server that dies meanwhile fails the query; the error event that comes with it must not end our process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    const ended = client.end().catch(() => undefined);
    // a server that hangs does not respond to this either
    if (timeoutMs === undefined) await ended;
  }
}
