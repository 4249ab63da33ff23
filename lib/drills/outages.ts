import { CAUSE } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/**
 * The heartbeat alarm: four of four minutes without a sample, in a range of six. A run in progress still adds one
 * sample.
 */
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

/** The database goes down repeatedly: this must be one incident with one page. */
export const flapping: Drill = {
  ...outage,
  name: 'flapping',
  what: 'PostgreSQL is down for 40 s out of every 80 s, until the drill ends.',
  pageWithinSeconds: 240,
  inject: ({ injectFault }) => injectFault('flapping'),
};

/** CloudWatch receives what functions write three minutes late, as it may on AWS. */
export const lateMetrics: Drill = {
  ...outage,
  name: 'late-metrics',
  what: 'PostgreSQL crashes, while all metrics of the functions arrive 180 s late.',
  pageWithinSeconds: outage.pageWithinSeconds + 180,
  clearWithinSeconds: outage.clearWithinSeconds + 180,
  inject: async ({ injectFault }) => both(await injectFault('late-metrics'), () => injectFault('database-down')),
};

/** Another critical alarm has been in ALARM for a while. It must not hide anything. */
export const standingAlarm: Drill = {
  ...outage,
  name: 'standing-alarm',
  what: 'PostgreSQL crashes, while an undelivered page keeps another critical alarm in ALARM.',
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

/** Injects two faults at once. If the second cannot be injected, the first is lifted. */
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
