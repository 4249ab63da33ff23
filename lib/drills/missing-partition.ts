import { SLOW } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** Of the drill's own instrument: nobody's data is touched. */
const SYMBOL = 'DRILL';

/**
 * Another session has the lock under which partitions are made, so a tick of a month without one falls into the default
 * partition, which keeps it safe. Lifting stores a second tick of that month, for which the partition is made and to which
 * the first one moves, and deletes both as a client would. What is left is two deleted ticks of the drill's own instrument,
 * and the operations that say why.
 */
export const missingPartition: Drill = {
  name: 'missing-partition',
  what: 'A partition cannot be made in time, so that a tick falls into the default partition.',
  severity: 'warning',
  pages: ['data-warning'],
  alarms: ['default-partition-warning'],
  pageWithinSeconds: pageWithin(SLOW.warning),
  clearWithinSeconds: clearWithin(SLOW.warning),
  inject: async ({ call, injectFault }) => {
    await call('PUT', `/v1/instruments/${SYMBOL}`, { name: 'Fire drill', type: 'other' });
    const blocked = await injectFault('blocked-partitions');
    const timestamp = blocked.details?.['month'];
    const store = async () => {
      const records = [{ timestamp, symbol: SYMBOL, price: 1 }];
      return ((await call('POST', '/v1/market-data', { records })) as { batchId: number }).batchId;
    };
    // the tick stays where it fell; the lock would only keep others waiting
    const first = await store().finally(() => blocked.lift());
    return {
      lift: async () => {
        const second = await store();
        for (const batchId of [first, second])
          await call('POST', '/v1/market-data/deletions', { batchId, reason: 'Fire drill missing-partition is over' });
      },
    };
  },
};
