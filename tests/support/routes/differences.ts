import { inject } from 'vitest';
import type { RouteName } from './registry.ts';

/**
 * Where the routes may answer differently: the whole list. What a client sends and gets is in none of it; these are numbers
 * about the service's own connections, which a route without connections of its own does not have. docs/routes.md says so
 * to people.
 */
export interface Differences {
  /**
   * Where the numbers of the pool come from. Neon's pooler and Aurora have no console like PgBouncer's; who waits in the
   * pool is then null instead of a number.
   */
  readonly poolSource: 'pgbouncer' | 'pg_stat_activity';
  /**
   * Whether the metric AcquireMs has values from functions other than the probe. Over HTTP the wait for a server cannot be
   * told from the statement's own time.
   */
  readonly functionsTellWaits: boolean;
}

const DIFFERENCES: Record<RouteName, Differences> = {
  pg: { poolSource: 'pgbouncer', functionsTellWaits: true },
  neon: { poolSource: 'pg_stat_activity', functionsTellWaits: false },
  'data-api': { poolSource: 'pg_stat_activity', functionsTellWaits: true },
};

/** What is different on the project's route. */
export const routeDifferences = (): Differences => DIFFERENCES[inject('route')];
