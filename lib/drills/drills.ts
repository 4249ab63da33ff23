import type { Settings } from '../config/schema.ts';
import type { Drill } from './drill.ts';
import { badRelease, undeliveredPage } from './failures.ts';
import { longTransaction } from './long-transaction.ts';
import { databaseDown, deadProbe, flapping, lateMetrics, poolerDown, standingAlarm } from './outages.ts';
import { poolExhaustion } from './pool-exhaustion.ts';
import { slowQueries } from './slow-queries.ts';
import { stalledOperation } from './stalled-operation.ts';

/** All drills, the shortest first. */
export const drillsFor = (settings: Settings): Drill[] => [
  databaseDown,
  poolerDown,
  poolExhaustion,
  standingAlarm,
  badRelease,
  undeliveredPage,
  flapping,
  slowQueries,
  lateMetrics,
  deadProbe,
  longTransaction(settings),
  stalledOperation(settings),
];
