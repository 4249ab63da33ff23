import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LocalPgBouncer,
  type LocalPostgres,
  processesIn,
  startPgBouncer,
  startPostgres,
} from '@tick-store/local-cloud';
import pg from 'pg';
import { readConfig } from '../../lib/config/schema.ts';
import { DATABASE_NAMES } from '../../lib/local/local-backend.ts';
import { fastDirectory } from './fast-directory.ts';
import { migrateDatabase } from './migrations.ts';
import type { TestDatabase } from './postgres.ts';
import { sendSignal } from './send-signal.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A test's own Postgres behind its own PgBouncer, which the test can break. */
export interface OwnDatabase extends TestDatabase {
  readonly poolerAdminUrl: string;
  /** Kills Postgres. SIGQUIT is Postgres' immediate shutdown, SIGKILL ends it without one. */
  killPostgres(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Kills all processes of Postgres at once, as a power failure does. */
  killAllPostgres(): void;
  /** Starts Postgres again, on the same port. */
  startPostgres(): Promise<void>;
  /** Resolves when Postgres accepts connections. Starts it if it has exited. */
  revivePostgres(): Promise<void>;
  /** Suspends every process of Postgres: connections stay open, and nothing responds. */
  freezePostgres(): void;
  thawPostgres(): void;
  killPooler(): Promise<void>;
  startPooler(): Promise<void>;
  /** A proxy between PgBouncer and Postgres. Undefined if not requested. */
  readonly poolerWire: TcpProxy | undefined;
  /** The disk with all files of the servers. Undefined if not requested, or if this account may not mount one. */
  readonly disk: SmallDisk | undefined;
  stop(): Promise<void>;
}

/** Postgres' settings on the small disk. The disk is in memory: 150 MB at first, and more for the rows of a long run. */
const SMALL_DISK_SETTINGS = { max_wal_size: '64MB', min_wal_size: '32MB' };
const SMALL_DISK_SIZE = '1g';
const REVIVE_MS = 60_000;

interface OwnDatabaseOptions {
  /** Keeps the servers' files in memory if there is room, for tests that take minutes. */
  readonly inMemory?: boolean;
  /** Keeps the servers' files on a separate disk, if this account may mount one. */
  readonly smallDisk?: boolean;
  /** Puts a TCP proxy between PgBouncer and Postgres. */
  readonly wirePooler?: boolean;
}

/**
 * Starts Postgres with the migrated schema, and PgBouncer.
 * @param overrides settings of PgBouncer that the test changes
 */
export async function startOwnDatabase(
  overrides: Record<string, string> = {},
  { inMemory = false, smallDisk = false, wirePooler = false }: OwnDatabaseOptions = {},
): Promise<OwnDatabase> {
  const dataDirectory = mkdtempSync(join(inMemory ? fastDirectory() : tmpdir(), 'tick-store-faults-'));
  // mkdtemp allows only its owner; under root, another account runs the servers and must be able to enter
  chmodSync(dataDirectory, 0o711);
  const disk = smallDisk ? mountSmallDisk(dataDirectory, SMALL_DISK_SIZE) : undefined;
  const settings = readConfig({}).pooler;
  const print = () => undefined;
  const startServer = (at: { port?: number }) =>
    startPostgres({
      ...{ dataDirectory, names: DATABASE_NAMES, print, pooler: settings },
      ...(disk === undefined ? {} : { settings: SMALL_DISK_SETTINGS }),
      ...at,
    });

  let postgres: LocalPostgres = await startServer({});
  await migrateDatabase(postgres.ownerUrl);
  const poolerWire = wirePooler ? await startTcpProxy(postgres.superuserUrl) : undefined;
  const startBouncer = (at: { port?: number }) => {
    const wired = poolerWire === undefined ? postgres : { ...postgres, port: Number(new URL(poolerWire.url).port) };
    return startPgBouncer({ dataDirectory, postgres: wired, pooler: settings, print, overrides, ...at });
  };
  let pooler: LocalPgBouncer = await startBouncer({});
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of processesIn(join(postgres.directory, 'postgres'))) sendSignal(pid, signal);
  };
  const stop = async () => {
    await pooler.stop();
    await poolerWire?.stop();
    await postgres.stop();
    disk?.unmount();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  return {
    name: 'tick_store',
    appUrl: pooler.appUrl,
    ownerUrl: postgres.ownerUrl,
    superuserUrl: Object.assign(new URL(postgres.superuserUrl), { pathname: '/tick_store' }).href,
    poolerAdminUrl: pooler.adminUrl,
    drop: stop,
    stop,
    killPostgres: async (signal) => {
      process.kill(postgres.pid, signal);
      await postgres.exited;
      await postgres.stop();
    },
    killAllPostgres: () => signalAll('SIGKILL'),
    startPostgres: async () => {
      postgres = await startServer({ port: postgres.port });
    },
    revivePostgres: async () => {
      for (const until = Date.now() + REVIVE_MS; ; ) {
        const state = await Promise.race([postgres.exited.then(() => 'ended'), connects(postgres.superuserUrl)]);
        if (state === 'ended') {
          await postgres.stop();
          postgres = await startServer({ port: postgres.port });
        } else if (state === true) return;
        else if (Date.now() > until) throw new Error('PostgreSQL does not accept connections again');
        await sleep(50);
      }
    },
    freezePostgres: () => signalAll('SIGSTOP'),
    thawPostgres: () => signalAll('SIGCONT'),
    poolerWire,
    disk,
    killPooler: async () => {
      process.kill(pooler.pid, 'SIGKILL');
      await pooler.exited;
      await pooler.stop();
    },
    // waiting clients may take every server connection before the start can check one
    startPooler: async () => {
      for (const until = Date.now() + REVIVE_MS; ; ) {
        try {
          pooler = await startBouncer({ port: pooler.port });
          return;
        } catch (error) {
          const isBusy = ((error as Error).cause as { code?: string } | undefined)?.code === '08P01';
          if (!isBusy || Date.now() > until) throw error;
        }
      }
    },
  };
}

/** Whether a server accepts a connection and runs a statement. */
async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    void client.end().catch(() => undefined);
  }
}
