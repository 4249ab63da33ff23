import {
  type ActiveFault,
  differences,
  digestsOf,
  type InjectFault,
  type LocalCloudParts,
  restoreBackup,
  withClient,
} from '@tick-store/local-cloud';
import type { RestoreReport } from '../drills/restore.ts';
import { startOperationOfNoRows } from './stalled-operation.ts';

/** How long the lock is held: less than the five seconds after which the role stops waiting for a lock. */
const LOCKED_SECONDS = 2;

/** The faults of Tick Store's own drills, in addition to those of any service. */
export const drillFaults = (parts: LocalCloudParts): Record<string, InjectFault> => ({
  'dead-probe': () => ({ lift: parts.pauseSchedule('-probe-health') }),
  'locked-instruments': () => lockInstruments(parts.database.postgres.ownerUrl),
  'bad-release': () => denyInstruments(parts.database.postgres.ownerUrl),
  'late-metrics': () => ({ lift: parts.monitor.delayMetrics(LATE_MS) }),
  'stalled-operation': () => stallOperation(parts),
  'undelivered-page': () => undeliverPage(parts),
  flapping: () => flap(parts),
  restore: () => restore(parts),
});

/** A failed migration: a table that every read needs is locked for two seconds at a time. */
function lockInstruments(ownerUrl: string): ActiveFault {
  const stop = new AbortController();
  const locking = withClient(ownerUrl, async (client) => {
    while (!stop.signal.aborted) {
      await client.query('begin');
      await client.query('lock table tick_store.instruments in access exclusive mode');
      await client.query(`select pg_sleep(${LOCKED_SECONDS})`);
      await client.query('commit');
      // clients that wait for the lock get it before the next round
    }
  });
  // a server that dies ends the locking, and with it the fault
  locking.catch(() => undefined);
  return {
    lift: async () => {
      stop.abort();
      await locking.catch(() => undefined);
    },
  };
}

/** The application may no longer read instruments, so every statement on them fails. */
async function denyInstruments(ownerUrl: string): Promise<ActiveFault> {
  const change = (sql: string) => withClient(ownerUrl, (client) => client.query(sql));
  await change('revoke select on tick_store.instruments from tick_store_app');
  return { lift: async () => void (await change(ALLOW_INSTRUMENTS)) };
}

/** Also run at each start, in case a drill was killed. */
export const ALLOW_INSTRUMENTS = 'grant select on tick_store.instruments to tick_store_app';

/** Nothing continues operations, and one of them is in progress. The schedule finishes it when the fault is lifted. */
async function stallOperation({ database, pauseSchedule }: LocalCloudParts): Promise<ActiveFault> {
  const lift = pauseSchedule('-continue-operations');
  try {
    await startOperationOfNoRows(database.postgres.ownerUrl);
    return { lift };
  } catch (error) {
    lift();
    throw error;
  }
}

/** Adds a message that no recipient accepted. The queue is emptied when the fault ends. */
function undeliverPage({ monitor }: LocalCloudParts): ActiveFault {
  const queue = [...monitor.queues.values()].find(({ name }) => name.endsWith('-undelivered-pages'));
  if (queue === undefined) throw new Error('the template has no queue of undelivered pages');
  queue.send(JSON.stringify({ Subject: 'Drill', Message: 'A page that its recipient refused' }), monitor.now());
  return { lift: () => queue.purge() };
}

/** Not a fault: makes a backup, restores it next to the service and compares the two. */
async function restore({ database }: LocalCloudParts): Promise<ActiveFault> {
  const copy = await restoreBackup(database.postgres, () => undefined);
  try {
    const started = performance.now();
    const found = await digestsOf(copy.postgres);
    const details: RestoreReport = {
      tables: Object.keys(copy.expected).length,
      rows: Object.values(copy.expected).reduce((sum, { rows }) => sum + Number(rows), 0),
      backupSeconds: copy.backupMs / 1000,
      restoreSeconds: copy.restoreMs / 1000,
      compareSeconds: (performance.now() - started) / 1000,
      heldUpMs: copy.heldUpMs,
      differences: differences(copy.expected, found),
    };
    return { lift: () => copy.remove(), details };
  } catch (error) {
    await copy.remove();
    throw error;
  }
}

/** How late CloudWatch receives what functions write. */
const LATE_MS = 180_000;

/** How long the server is down, and then up. */
const FLAP_MS = 40_000;

/** PostgreSQL is down, then up, then down, until the fault is lifted. */
function flap({ database }: LocalCloudParts): ActiveFault {
  let up = database.keepDown('postgres');
  let isDown = true;
  let turning = Promise.resolve();
  const timer = setInterval(() => {
    turning = turning.then(async () => {
      if (isDown) await up();
      else up = database.keepDown('postgres');
      isDown = !isDown;
    });
    turning.catch(() => undefined);
  }, FLAP_MS);
  return {
    lift: async () => {
      clearInterval(timer);
      await turning.catch(() => undefined);
      if (isDown) await up();
    },
  };
}
