import { CAUSE } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** The heartbeat: four of four minutes without a sample, in a range of six; and a run under way samples once more. */
const HEARTBEAT = { periodSeconds: 60, datapoints: 6, periods: 4 };

const outage = {
  severity: 'critical',
  pages: ['database-unreachable-critical'],
  alarms: ['database-unreachable-critical'],
  pageWithinSeconds: 90,
  clearWithinSeconds: clearWithin(CAUSE),
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

/** Comes and goes: one incident, one page. */
export const flapping: Drill = {
  ...outage,
  name: 'flapping',
  what: 'PostgreSQL is down for 40 s out of every 80 s, until the drill ends.',
  pageWithinSeconds: 240,
  inject: ({ injectFault }) => injectFault('flapping'),
};

/** CloudWatch gets what functions write three minutes late, as it may. */
export const lateMetrics: Drill = {
  ...outage,
  name: 'late-metrics',
  what: 'PostgreSQL crashes, while every metric of the functions arrives 180 s late.',
  pageWithinSeconds: outage.pageWithinSeconds + 180,
  clearWithinSeconds: outage.clearWithinSeconds + 180,
  inject: async ({ injectFault }) => both(await injectFault('late-metrics'), () => injectFault('database-down')),
};

/** Another critical has been in ALARM for a while: it must hide nothing. */
export const standingAlarm: Drill = {
  ...outage,
  name: 'standing-alarm',
  what: 'PostgreSQL crashes, while a page that was not delivered keeps another critical in ALARM.',
  inject: async ({ injectFault }) => both(await injectFault('undelivered-page'), () => injectFault('database-down')),
};

export const deadProbe: Drill = {
  name: 'dead-probe',
  what: 'The schedule no longer runs the health probe; everything else works.',
  severity: 'critical',
  pages: ['probe-silent-critical'],
  alarms: ['probe-silent-critical'],
  pageWithinSeconds: pageWithin(HEARTBEAT),
  clearWithinSeconds: clearWithin(HEARTBEAT),
  inject: ({ injectFault }) => injectFault('dead-probe'),
};

type Fault = Awaited<ReturnType<Drill['inject']>>;

/** Two faults at once. If the second cannot be brought about, the first does not stay. */
async function both(first: Fault, injectSecond: () => Promise<Fault>): Promise<Fault> {
  try {
    const second = await injectSecond();
    return {
      lift: async () => {
        await second.lift();
        await first.lift();
      },
    };
  } catch (error) {
    await first.lift();
    throw error;
  }
}
