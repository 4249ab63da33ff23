import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../lib/config/schema.ts';
import { startMigratedDatabase } from '../support/migrations.ts';

/** The percentile `p` of the values, by nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export interface BenchmarkDatabase {
  readonly appUrl: string;
  readonly ownerUrl: string;
  /** Logs in to the tick store's database as postgres. */
  readonly superuserUrl: string;
  readonly postgresVersion: string;
  readonly poolerVersion: string;
  stop(): Promise<void>;
}

/** Starts a migrated Postgres behind PgBouncer, in its own directory, with six instruments. */
export async function startBenchmarkDatabase(): Promise<BenchmarkDatabase> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tick-store-bench-'));
  chmodSync(dataDirectory, 0o711);
  const local = await startMigratedDatabase({ dataDirectory, pooler: readConfig({}).pooler, print: () => undefined });
  const owner = new pg.Client({ connectionString: local.postgres.ownerUrl });
  await owner.connect();
  await owner.query(`insert into tick_store.instruments (symbol, name, type)
    select s, s, 'future' from unnest(array['ES', 'NQ', 'YM', 'RTY', 'CL', 'GC']) s`);
  await owner.end();
  return {
    appUrl: local.pooler.appUrl,
    ownerUrl: local.postgres.ownerUrl,
    superuserUrl: Object.assign(new URL(local.postgres.superuserUrl), { pathname: '/tick_store' }).href,
    postgresVersion: local.postgres.version,
    poolerVersion: local.pooler.version,
    stop: async () => {
      await local.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}
