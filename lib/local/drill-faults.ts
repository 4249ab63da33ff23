import { type ActiveFault, type InjectFault, type LocalCloudParts, withClient } from '@tick-store/local-cloud';

/** A read waits this long, less than the five seconds after which its role stops waiting for a lock. */
const LOCKED_SECONDS = 2;

/** The faults of Tick Store's own drills, besides those that any service has. */
export const drillFaults = (parts: LocalCloudParts): Record<string, InjectFault> => ({
  'dead-probe': () => ({ lift: parts.pauseSchedule('-probe-health') }),
  'locked-instruments': () => lockInstruments(parts.database.postgres.ownerUrl),
});

/** A migration gone wrong: a table that every read needs is locked for two seconds at a time. */
function lockInstruments(ownerUrl: string): ActiveFault {
  const stop = new AbortController();
  const locking = withClient(ownerUrl, async (client) => {
    while (!stop.signal.aborted) {
      await client.query('begin');
      await client.query('lock table tick_store.instruments in access exclusive mode');
      await client.query(`select pg_sleep(${LOCKED_SECONDS})`);
      await client.query('commit');
      // whoever waits for the lock gets it before our next turn
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
