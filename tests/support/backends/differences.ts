import { inject } from 'vitest';
import type { BackendName } from './backends.ts';

/**
 * Where the backends may respond differently: the whole list. Two are numbers about the service's own connections, which a
 * backend without connections of its own does not have; the third is a code of a 503. docs/backends.md says so to people.
 */
export interface Differences {
  /**
   * Where the numbers of the pool come from. Neon's pooler and Aurora have no console like PgBouncer's; who waits in the
   * pool is then null instead of a number.
   */
  readonly poolSource: 'pgbouncer' | 'pg_stat_activity';
  /**
   * Whether the metric AcquireMs has values from functions other than the probe. Over HTTP the wait for a server cannot be
   * distinguished from the statement's own time.
   */
  readonly functionsReportWaits: boolean;
  /**
   * What a write gets while the pooler hands out no server: both are 503 with Retry-After. Over HTTP a request that waits
   * for a server cannot be distinguished from one that runs, so the response does not say that nothing was written.
   */
  readonly exhaustedWriteCode: 'pool_exhausted' | 'database_timeout';
}

const DIFFERENCES: Record<BackendName, Differences> = {
  pg: { poolSource: 'pgbouncer', functionsReportWaits: true, exhaustedWriteCode: 'pool_exhausted' },
  neon: { poolSource: 'pg_stat_activity', functionsReportWaits: false, exhaustedWriteCode: 'database_timeout' },
  'data-api': { poolSource: 'pg_stat_activity', functionsReportWaits: true, exhaustedWriteCode: 'pool_exhausted' },
};

/** What is different on the project's backend. */
export const backendDifferences = (): Differences => DIFFERENCES[inject('backend')];

/** The same where a test has all backends side by side. */
export const differencesOf = (backend: BackendName): Differences => DIFFERENCES[backend];
