import { inject } from 'vitest';
import type { BackendName } from './backends.ts';

/**
 * The complete list of differences that a client may see between backends. Two are numbers about the service's own connections,
 * which a backend without connections cannot report. The third is the code of a 503. docs/backends.md documents them.
 */
export interface Differences {
  /**
   * Where the numbers of the pool come from. Neon's pooler and Aurora have no console like PgBouncer's, so the number of
   * waiting clients is null.
   */
  readonly poolSource: 'pgbouncer' | 'pg_stat_activity';
  /**
   * Whether the metric AcquireMs has values from functions other than the probe. Over HTTP the wait for a server cannot be
   * distinguished from the statement's own time.
   */
  readonly functionsReportWaits: boolean;
  /**
   * The code of a write while the pooler assigns no server. Both are a 503 with Retry-After. Over HTTP a request that waits
   * for a server cannot be distinguished from one that runs, so the response does not say that nothing was written.
   */
  readonly exhaustedWriteCode: 'pool_exhausted' | 'database_timeout';
}

const DIFFERENCES: Record<BackendName, Differences> = {
  pg: { poolSource: 'pgbouncer', functionsReportWaits: true, exhaustedWriteCode: 'pool_exhausted' },
  neon: { poolSource: 'pg_stat_activity', functionsReportWaits: false, exhaustedWriteCode: 'database_timeout' },
  'data-api': { poolSource: 'pg_stat_activity', functionsReportWaits: true, exhaustedWriteCode: 'pool_exhausted' },
};

/** The differences of the project's backend. */
export const backendDifferences = (): Differences => DIFFERENCES[inject('backend')];

/** The differences of a backend, for a test that uses several. */
export const differencesOf = (backend: BackendName): Differences => DIFFERENCES[backend];
