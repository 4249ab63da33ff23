import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertPortFree, freePort, LOOPBACK } from '../machine/loopback-port.ts';
import {
  howItEnded,
  lastLines,
  rotateLog,
  type ServerProcess,
  type StopStep,
  startServer,
  until,
} from './child-process.ts';
import { placeServerFiles, type ServerFiles } from './data-directory.ts';
import { assertPlainNames, type DatabaseNames, type PoolerSettings } from './database-specification.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { stopServerOfEarlierRun } from './earlier-run.ts';
import { maxConnectionsFor } from './pgbouncer-config.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { assertSameMajorVersion, bootstrap, clusterExists, createCluster } from './postgres-cluster.ts';
import { readOrCreateSecrets, type Secrets } from './private-files.ts';
import { commandLine, identify, processesIn, sendSignal } from './process-table.ts';

export interface LocalPostgres {
  readonly host: string;
  readonly port: number;
  /** Such as `18.4`. */
  readonly version: string;
  /** Role postgres, database postgres. */
  readonly superuserUrl: string;
  /** The owner in the database, without the pooler; for migrations. */
  readonly ownerUrl: string;
  readonly names: DatabaseNames;
  /** Where its files are. This differs from the requested data directory if root works in a closed directory. */
  readonly directory: string;
  readonly pid: number;
  /** Resolves when the server ends, stopped or not, to its exit code, or to null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Closes sessions and stops, with more force after 15 s, and unlocks the data directory. Idempotent. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  readonly dataDirectory: string;
  readonly names: DatabaseNames;
  /** Default: a free port. */
  readonly port?: number;
  readonly print: (line: string) => void;
  /** PostgreSQL settings that override ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The pooler that will run in front: max_connections has room for all its connections. Default: PostgreSQL's 100. */
  readonly pooler?: PoolerSettings;
}

/** Fast shutdown rolls back and writes a checkpoint; immediate shutdown leaves the rest to recovery. */
const STOP: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 6000 },
  { signal: 'SIGKILL', waitMs: 5000 },
];
/** Replaying 2 GB of write-ahead log after a crash takes well under a minute on an SSD. */
const START_TIMEOUT_MS = 120_000;

/**
 * Starts the PostgreSQL of a data directory, which the first start creates: 0.7 s for the first start, 0.1 s afterwards
 * (2 cores). A server that a killed run left behind is stopped first. Only 127.0.0.1 can connect, with a password.
 * @throws Error if another process uses the directory, if the given port is taken, if the files were created by another
 * major version, or, with the end of its log, if the server does not start
 */
export async function startPostgres(options: PostgresServerOptions): Promise<LocalPostgres> {
  assertPlainNames(options.names);
  const files = placeServerFiles(options.dataDirectory, options.print);
  const lock = lockDirectory(files.directory);
  try {
    return await start(options, files, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(options: PostgresServerOptions, files: ServerFiles, lock: DirectoryLock): Promise<LocalPostgres> {
  const { print, names } = options;
  const logFile = join(files.directory, 'postgres.log');
  if (options.port !== undefined) await assertPortFree(options.port);
  const binaries = postgresBinaries(files.user, print);
  const existed = clusterExists(files.cluster);
  const secrets = readOrCreateSecrets(files.directory, existed);
  if (existed) {
    assertSameMajorVersion(files.cluster, binaries.version);
    await stopEarlierPostgres(files.cluster, print);
  } else {
    await createCluster(files, binaries, secrets);
  }
  rotateLog(logFile);
  const { server, port } = await launch(options, files, binaries, logFile);
  const urlOf = (role: string, secret: keyof Secrets, database: string) =>
    `postgres://${role}:${secrets[secret]}@${LOOPBACK}:${port}/${database}`;
  try {
    await bootstrap((database) => urlOf('postgres', 'superuser', database), names, secrets);
  } catch (error) {
    await server.stop(STOP, print);
    throw error;
  }
  if (readFileSync(logFile, 'utf8').includes('was not properly shut down')) {
    print('PostgreSQL had not been shut down properly. It replayed its log; no committed row is lost');
  }
  let stopping: Promise<void> | undefined;
  void server.exited.then((code) => {
    if (stopping === undefined)
      print(`PostgreSQL (process ${server.pid}) ended by itself, ${howItEnded(code)}: see ${logFile}`);
  });
  return {
    host: LOOPBACK,
    port,
    version: binaries.version,
    superuserUrl: urlOf('postgres', 'superuser', 'postgres'),
    ownerUrl: urlOf(names.owner, 'owner', names.database),
    names,
    directory: files.directory,
    pid: server.pid,
    exited: server.exited,
    stop: () => (stopping ??= stopAndRelease(server, files.cluster, lock, print)),
  };
}

async function launch(options: PostgresServerOptions, files: ServerFiles, binaries: PostgresBinaries, logFile: string) {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const server = await startServer({
      name: 'PostgreSQL',
      executable: binaries.postgres,
      args: ['-D', files.cluster, ...serverArguments(port, options)],
      workingDirectory: files.directory,
      user: files.user,
      logFile,
      signalAtExit: 'SIGINT',
    });
    if (await becomesReady(server, files.cluster, deadline - performance.now())) return { server, port };
    const log = lastLines(logFile);
    if (!server.hasExited()) {
      await server.stop(STOP, options.print);
      throw new Error(`PostgreSQL did not accept connections within ${START_TIMEOUT_MS / 1000} s. ${log}`);
    }
    const portTaken = options.port === undefined && attempt < 5 && log.includes('Address already in use');
    // Sessions of a server that was killed with SIGKILL take a moment to notice.
    const oldSessions = log.includes('pre-existing shared memory block') && attempt < 40;
    if (!portTaken && !oldSessions) {
      throw new Error(`PostgreSQL did not start, ${howItEnded(await server.exited)}. ${log}`);
    }
    if (oldSessions) await sleep(250);
  }
}

/** The server writes `ready` into the eighth line of its pid file. */
async function becomesReady(server: ServerProcess, cluster: string, waitMs: number): Promise<boolean> {
  const isReady = () => {
    const lines = readPidFile(cluster);
    return Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready';
  };
  await until(() => server.hasExited() || isReady(), waitMs);
  return !server.hasExited() && isReady();
}

function readPidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function serverArguments(port: number, options: PostgresServerOptions): string[] {
  const settings: Record<string, string> = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    max_connections: String(options.pooler === undefined ? 100 : maxConnectionsFor(options.pooler)),
    shared_buffers: '256MB',
    // a read of all time locks every partition with its indexes: ten at once over every month since 1970 need 40,000
    // locks
    max_locks_per_transaction: '512',
    max_wal_size: '2GB',
    // Set although these are the defaults: an acknowledged row must survive a power failure, locally too.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_preload_libraries: 'pg_stat_statements',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
    // an error is one line without its statement or the row's values, because clients can cause errors at will
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...options.settings,
    port: String(port),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Stops the server that a killed run left for this cluster. Call it with the directory locked. */
export async function stopEarlierPostgres(cluster: string, print: (line: string) => void): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  await stopServerOfEarlierRun({ name: 'PostgreSQL', pidFile, mark: `-D ${cluster} `, steps: STOP, print });
  await endSessions(cluster);
}

async function stopAndRelease(
  server: ServerProcess,
  cluster: string,
  lock: DirectoryLock,
  print: (line: string) => void,
): Promise<void> {
  try {
    await server.stop(STOP, print);
    await endSessions(cluster);
  } finally {
    lock.release();
  }
}

/**
 * Ends sessions that outlived a server killed with SIGKILL. They last as long as their statement runs, and work in the
 * server's directory.
 */
async function endSessions(cluster: string): Promise<void> {
  const sessions = () => processesIn(cluster).filter((pid) => commandLine(pid)?.startsWith('postgres:'));
  if (await until(() => sessions().length === 0, 500)) return;
  for (const pid of sessions()) sendSignal(identify(pid), 'SIGKILL');
  await until(() => sessions().length === 0, 2000);
}
