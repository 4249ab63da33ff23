import type { Settings } from '../config/schema.ts';
import type { Drill } from './drill.ts';
import { longTransaction } from './long-transaction.ts';
import { databaseDown, deadProbe, poolerDown } from './outages.ts';
import { poolExhaustion } from './pool-exhaustion.ts';
import { slowQueries } from './slow-queries.ts';

/** All fire drills, the shortest first. */
export const drillsFor = (settings: Settings): Drill[] => [
  databaseDown,
  poolerDown,
  poolExhaustion,
  slowQueries,
  deadProbe,
  longTransaction(settings),
];
