import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPgBouncer, startPostgres } from '@tick-store/local-cloud';
import type { TestProject } from 'vitest/node';
import config from '../../infra.config.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { DATABASE_NAMES } from '../../lib/local/local-backend.ts';
import { warmCompileCache } from './compile-cache.ts';
import { FUNCTIONS } from './functions.ts';
import { migrateDatabase } from './migrations.ts';
import { TEMPLATE, withClient } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the run's one Postgres and PgBouncer are; `tests/support/service.ts` makes a database in it for each file. */
    postgres: {
      readonly superuserUrl: string;
      readonly ownerUrl: string;
      readonly poolerUrl: string;
      readonly poolerAdminUrl: string;
    };
    /** Where Node keeps compiled functions, for the run. */
    compileCache: string;
  }
}

/** One Postgres behind one PgBouncer for the whole run, with a migrated template to copy databases from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tick-store-tests-'));
  const { pooler: settings } = readConfig(config);
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const postgres = await startPostgres({ dataDirectory, names: DATABASE_NAMES, print, pooler: settings });
  await migrateDatabase(postgres.ownerUrl);
  await withClient(postgres.superuserUrl, (client) => client.query(`create database ${TEMPLATE} template tick_store`));
  // a bound of its own, for each test file has a database and so a pool
  const pooler = await startPgBouncer({ dataDirectory, postgres, pooler: settings, print });
  project.provide('postgres', {
    superuserUrl: postgres.superuserUrl,
    ownerUrl: postgres.ownerUrl,
    poolerUrl: pooler.appUrl,
    poolerAdminUrl: pooler.adminUrl,
  });
  const compileCache = join(dataDirectory, 'compile-cache');
  const { backend } = project.config.provide;
  if (backend === undefined) throw new Error(`vitest.config.ts names no backend for the project ${project.name}`);
  warmCompileCache(compileCache, backend, FUNCTIONS);
  project.provide('compileCache', compileCache);
  return async () => {
    await pooler.stop();
    await postgres.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
}
