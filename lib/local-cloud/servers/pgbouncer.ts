import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertPortFree, freePort, LOOPBACK } from '../machine/loopback-port.ts';
import { howItEnded, lastLines, rotateLog, type ServerProcess, type StopStep, startServer } from './child-process.ts';
import { placeServerFiles } from './data-directory.ts';
import type { PoolerSettings } from './database-specification.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { stopServerOfEarlierRun } from './earlier-run.ts';
import { findPgBouncer, type PgBouncerBinary } from './pgbouncer-binary.ts';
import {
  maxConnectionsFor,
  pgbouncerIni,
  pgbouncerSettings,
  pgbouncerUsers,
  settingsSince,
} from './pgbouncer-config.ts';
import type { LocalPostgres } from './postgres.ts';
import { setApplicationPassword, withClient } from './postgres-cluster.ts';
import { readOrCreateSecrets, writePrivate } from './private-files.ts';
import type { ServerUser } from './unprivileged-user.ts';

export interface LocalPgBouncer {
  readonly host: string;
  readonly port: number;
  /** Such as `1.18.0`. */
  readonly version: string;
  /** The functions' role in the database, through the pooler. */
  readonly appUrl: string;
  /** The admin console (database pgbouncer). It accepts only simple queries. */
  readonly adminUrl: string;
  readonly pid: number;
  /** Resolves when the pooler ends, stopped or not, to its exit code, or to null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** The URL of the same role in another database of the same PostgreSQL. */
  urlFor(database: string): string;
  /** Waits up to 3 s for running transactions, then stops. Idempotent. */
  stop(): Promise<void>;
}

export interface PgBouncerOptions {
  /**
   * The directory whose `pgbouncer/` contains the pooler's files, usually PostgreSQL's. Only one pooler may run in it.
   */
  readonly dataDirectory: string;
  readonly postgres: LocalPostgres;
  readonly pooler: PoolerSettings;
  readonly print: (line: string) => void;
  /** Default: a free port. */
  readonly port?: number;
  /** PgBouncer's own settings, which override those derived from `pooler`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Where to search for the program. Default: the PATH and the usual places. */
  readonly searchPath?: readonly string[];
}

/** SIGINT lets transactions end. PgBouncer stores nothing, so killing it loses only open transactions. */
const STOP: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 3000 },
  { signal: 'SIGTERM', waitMs: 1000 },
  { signal: 'SIGKILL', waitMs: 5000 },
];
const START_TIMEOUT_MS = 10_000;

/**
 * Starts PgBouncer in transaction mode in front of a local PostgreSQL; 0.1 s. It gives the functions' role its stored
 * password, creates that role if the migrations have not, and checks the connection to the database with one query.
 * @throws Error if PgBouncer cannot be found or downloaded, if the given port is taken, if PostgreSQL allows fewer
 * connections than the pooler may open, if another process runs a pooler here, or, with the end of its log, if it does
 * not start
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<LocalPgBouncer> {
  const files = placeServerFiles(options.dataDirectory, options.print);
  const directory = join(files.directory, 'pgbouncer');
  mkdirSync(directory, { recursive: true });
  // The pooler's account reads its two files here and writes none: only root or we may create files in it.
  chmodSync(directory, 0o711);
  const lock = lockDirectory(directory);
  try {
    return await start(options, directory, files.user, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(
  options: PgBouncerOptions,
  directory: string,
  user: ServerUser | undefined,
  lock: DirectoryLock,
): Promise<LocalPgBouncer> {
  const { postgres, print } = options;
  const { names } = postgres;
  if (options.port !== undefined) await assertPortFree(options.port);
  const binary = findPgBouncer({ ...options, user });
  await stopEarlierPgBouncer(directory, print);
  const secrets = readOrCreateSecrets(postgres.directory, true);
  const settings = {
    ...pgbouncerSettings(options.pooler),
    ...settingsSince(binary.version),
    ...options.overrides,
  };
  await assertRoom(options, Number(settings.max_db_connections));
  await setApplicationPassword(postgres.superuserUrl, names, secrets);
  const logFile = join(directory, 'pgbouncer.log');
  rotateLog(logFile);
  const passwords = { [names.application]: secrets.application, [names.monitor]: secrets.monitor };
  writeForUser(usersFile(directory), pgbouncerUsers(passwords), user);
  const { server, port } = await launch(options, { directory, user, binary, settings, logFile });
  const urlFor = (database: string) =>
    `postgres://${names.application}:${secrets.application}@${LOOPBACK}:${port}/${database}`;
  const adminUrl = `postgres://${names.monitor}:${secrets.monitor}@${LOOPBACK}:${port}/pgbouncer`;
  try {
    await withClient(adminUrl, async (client) => await client.query('show version'));
    await withClient(urlFor(names.database), async (client) => await client.query('select 1'));
  } catch (cause) {
    await server.stop(STOP, print);
    const { message } = cause as Error;
    throw new Error(`PgBouncer runs, but cannot connect to the database: ${message}. ${lastLines(logFile)}`, { cause });
  }
  let stopping: Promise<void> | undefined;
  void server.exited.then((code) => {
    if (stopping === undefined)
      print(`PgBouncer (process ${server.pid}) ended by itself, ${howItEnded(code)}: see ${logFile}`);
  });
  return {
    host: LOOPBACK,
    port,
    version: binary.version,
    appUrl: urlFor(names.database),
    adminUrl,
    pid: server.pid,
    exited: server.exited,
    urlFor,
    stop: () => (stopping ??= stopAndRelease(server, directory, lock, print)),
  };
}

interface Launch {
  readonly directory: string;
  readonly user: ServerUser | undefined;
  readonly binary: PgBouncerBinary;
  readonly settings: Readonly<Record<string, string>>;
  readonly logFile: string;
}

async function launch(options: PgBouncerOptions, { directory, user, binary, settings, logFile }: Launch) {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const ini = pgbouncerIni({
      port,
      postgresPort: options.postgres.port,
      usersFile: usersFile(directory),
      monitor: options.postgres.names.monitor,
      settings,
    });
    writeForUser(iniFile(directory), ini, user);
    const server = await startServer({
      name: 'PgBouncer',
      executable: binary.executable,
      args: [iniFile(directory)],
      workingDirectory: directory,
      user,
      logFile,
      env: binary.env,
      signalAtExit: 'SIGKILL',
    });
    // We write it, because PgBouncer would need a directory that its account may write to.
    writeFileSync(pidFile(directory), `${server.pid}\n`, { mode: 0o600 });
    if (await accepts(server, port)) return { server, port };
    const log = lastLines(logFile);
    if (!server.hasExited()) {
      await server.stop(STOP, options.print);
      throw new Error(`PgBouncer did not accept connections within ${START_TIMEOUT_MS / 1000} s. ${log}`);
    }
    if (options.port !== undefined || attempt === 5 || !log.includes('Address already in use')) {
      throw new Error(`PgBouncer did not start, ${howItEnded(await server.exited)}. ${log}`);
    }
  }
}

/**
 * Replaces every server connection when its transaction ends, because the role's privileges or settings may have
 * changed.
 */
export async function reconnectPooler({ adminUrl }: LocalPgBouncer): Promise<void> {
  await withClient(adminUrl, async (client) => await client.query('reconnect'));
}

/** Stops the pooler that a killed run left in this directory. Call it with the directory locked. */
export async function stopEarlierPgBouncer(directory: string, print: (line: string) => void): Promise<void> {
  const mark = iniFile(directory);
  await stopServerOfEarlierRun({ name: 'PgBouncer', pidFile: pidFile(directory), mark, steps: STOP, print });
}

/** Whether something accepts connections on the port while our server lives. */
async function accepts(server: ServerProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!server.hasExited() && performance.now() < deadline) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, LOOPBACK, () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) {
      // The listener may be another program that was faster. In that case our server ends within a moment.
      await sleep(10);
      return !server.hasExited();
    }
    await sleep(10);
  }
  return false;
}

/**
 * @throws Error if the pooler could use up PostgreSQL's connections, which would show only under load, as "too many
 * clients"
 */
async function assertRoom({ postgres, pooler }: PgBouncerOptions, poolerConnections: number): Promise<void> {
  const { rows } = await withClient(postgres.superuserUrl, (client) =>
    client.query<{ open: number }>(`
      select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - current_setting('reserved_connections')::int as open`),
  );
  const open = rows[0]?.open ?? 0;
  if (poolerConnections <= open) return;
  throw new Error(
    `the pooler may open ${poolerConnections} connections, but Postgres accepts only ${open}: start Postgres with ` +
      `settings: { max_connections: '${maxConnectionsFor(pooler)}' } or more`,
  );
}

async function stopAndRelease(
  server: ServerProcess,
  directory: string,
  lock: DirectoryLock,
  print: (line: string) => void,
): Promise<void> {
  try {
    await server.stop(STOP, print);
    rmSync(pidFile(directory), { force: true });
  } finally {
    lock.release();
  }
}

/** The pooler's account owns its secrets, so that they can stay closed to all others. */
function writeForUser(path: string, content: string, user: ServerUser | undefined): void {
  writePrivate(path, content);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

const iniFile = (directory: string): string => join(directory, 'pgbouncer.ini');
const usersFile = (directory: string): string => join(directory, 'users.txt');
const pidFile = (directory: string): string => join(directory, 'pgbouncer.pid');
