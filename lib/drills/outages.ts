import { HALF_MINUTES, MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** The heartbeat: three of three minutes without a sample, in a range of five; and a run under way samples once more. */
const HEARTBEAT = { periodSeconds: 60, datapoints: 5, periods: 3 };

const outage = {
  severity: 'critical',
  alarms: ['probe-up-critical'],
  pageWithinSeconds: 90,
  // what clients met meanwhile is evaluated by the minute
  clearWithinSeconds: clearWithin(MINUTES.critical, 'critical'),
} as const;

export const databaseDown: Drill = {
  ...outage,
  name: 'database-down',
  what: 'PostgreSQL crashes and stays down; PgBouncer stays up.',
  inject: ({ injectFault }) => injectFault('database-down'),
};

export const poolerDown: Drill = {
  ...outage,
  name: 'pooler-down',
  needsPooler: true,
  what: 'PgBouncer is killed and stays down; PostgreSQL stays up.',
  inject: ({ injectFault }) => injectFault('pooler-down'),
};

export const deadProbe: Drill = {
  name: 'dead-probe',
  what: 'The schedule no longer runs the health probe; everything else works.',
  severity: 'critical',
  alarms: ['probe-heartbeat-critical'],
  pageWithinSeconds: pageWithin(HEARTBEAT, 'critical'),
  clearWithinSeconds: clearWithin(HALF_MINUTES.critical, 'critical'),
  inject: ({ injectFault }) => injectFault('dead-probe'),
};
