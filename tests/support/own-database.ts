import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type LocalPgBouncer,
  type LocalPostgres,
  processesIn,
  startPgBouncer,
  startPostgres,
} from '@tick-store/local-cloud';
import { readConfig } from '../../lib/config/schema.ts';
import { DATABASE_NAMES } from '../../lib/local/local-backend.ts';
import { migrateDatabase } from './migrations.ts';
import type { TestDatabase } from './postgres.ts';

/** A Postgres behind a PgBouncer of the test's own, to be broken. */
export interface OwnDatabase extends TestDatabase {
  readonly poolerAdminUrl: string;
  /** Ends Postgres without a shutdown: SIGQUIT is Postgres' own immediate one, SIGKILL nobody's. */
  killPostgres(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** At the port it had. */
  startPostgres(): Promise<void>;
  /** Stops every process of Postgres in its tracks: connections stay open, and nothing responds. */
  freezePostgres(): void;
  thawPostgres(): void;
  killPooler(): Promise<void>;
  startPooler(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one, migrated. @param overrides PgBouncer settings that the test needs different */
export async function startOwnDatabase(overrides: Record<string, string> = {}): Promise<OwnDatabase> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tick-store-faults-'));
  // mkdtemp closes it to everybody else; the account that runs the servers for root has to pass
  chmodSync(dataDirectory, 0o711);
  const settings = readConfig({}).pooler;
  const print = () => undefined;
  const startServer = (at: { port?: number }) =>
    startPostgres({ dataDirectory, names: DATABASE_NAMES, print, pooler: settings, ...at });
  const startBouncer = (at: { port?: number }) =>
    startPgBouncer({ dataDirectory, postgres, pooler: settings, print, overrides, ...at });

  let postgres: LocalPostgres = await startServer({});
  await migrateDatabase(postgres.ownerUrl);
  let pooler: LocalPgBouncer = await startBouncer({});
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of processesIn(join(postgres.directory, 'postgres'))) process.kill(pid, signal);
  };
  const stop = async () => {
    await pooler.stop();
    await postgres.stop();
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
    startPostgres: async () => {
      postgres = await startServer({ port: postgres.port });
    },
    freezePostgres: () => signalAll('SIGSTOP'),
    thawPostgres: () => signalAll('SIGCONT'),
    killPooler: async () => {
      process.kill(pooler.pid, 'SIGKILL');
      await pooler.exited;
      await pooler.stop();
    },
    startPooler: async () => {
      pooler = await startBouncer({ port: pooler.port });
    },
  };
}
