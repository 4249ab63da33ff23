import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPgBouncer, startPostgres } from '@tick-store/local-cloud';
import type { TestProject } from 'vitest/node';
import config from '../../infra.config.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { DATABASE_NAMES } from '../../lib/local/local-backend.ts';
import { fastDirectory } from './fast-directory.ts';
import { migrateDatabase } from './migrations.ts';
import { TEMPLATE, withClient } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the run's one Postgres and PgBouncer are; `tests/support/service.ts` makes a database in it for each file. */
    postgres: Servers['postgres'];
    /** Where Node keeps compiled functions, for the run. */
    compileCache: string;
  }
}

interface Servers {
  readonly postgres: {
    readonly superuserUrl: string;
    readonly ownerUrl: string;
    readonly poolerUrl: string;
    readonly poolerAdminUrl: string;
  };
  readonly compileCache: string;
  stop(): Promise<void>;
}

/** Each project loads this module for itself, so what they share is kept in the process. */
const run = globalThis as typeof globalThis & { tickStoreServers?: { servers: Promise<Servers>; projects: number } };

/** One Postgres behind one PgBouncer for all projects of a run, with a migrated template to copy databases from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  run.tickStoreServers ??= { servers: startServers(), projects: 0 };
  const shared = run.tickStoreServers;
  shared.projects += 1;
  const { postgres, compileCache, stop } = await shared.servers;
  project.provide('postgres', postgres);
  project.provide('compileCache', compileCache);
  return async () => {
    shared.projects -= 1;
    if (shared.projects > 0) return;
    delete run.tickStoreServers;
    await stop();
  };
}

async function startServers(): Promise<Servers> {
  const dataDirectory = mkdtempSync(join(fastDirectory(), 'tick-store-tests-'));
  const { pooler: settings } = readConfig(config);
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const postgres = await startPostgres({
    dataDirectory,
    names: DATABASE_NAMES,
    print,
    pooler: settings,
    settings: WITHOUT_DURABILITY,
  });
  await migrateDatabase(postgres.ownerUrl);
  await withClient(postgres.superuserUrl, (client) => client.query(`create database ${TEMPLATE} template tick_store`));
  // a bound of its own, for each test file has a database and so a pool
  const pooler = await startPgBouncer({ dataDirectory, postgres, pooler: settings, print });
  return {
    postgres: {
      superuserUrl: postgres.superuserUrl,
      ownerUrl: postgres.ownerUrl,
      poolerUrl: pooler.appUrl,
      poolerAdminUrl: pooler.adminUrl,
    },
    compileCache: join(dataDirectory, 'compile-cache'),
    stop: async () => {
      await pooler.stop();
      await postgres.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** What survives a power cut does not matter here: tests of crashes start their own. */
const WITHOUT_DURABILITY = { fsync: 'off', full_page_writes: 'off', max_wal_size: '1GB', max_connections: '200' };
