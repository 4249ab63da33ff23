import type { Settings } from '../config/schema.ts';
import { FIVE_MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** The schedule that continues large operations has stopped, while an operation waits for it. */
export const stalledOperation = ({ thresholds }: Settings): Drill => ({
  name: 'stalled-operation',
  what: 'An operation is in progress, and the schedule no longer continues it.',
  severity: 'warning',
  pages: ['data-warning'],
  alarms: ['operation-stalled-warning'],
  // the minimum of a period counts, so the period in which the operation becomes too old is not yet bad
  pageWithinSeconds:
    thresholds.operationStallSeconds.warning + FIVE_MINUTES.warning.periodSeconds + pageWithin(FIVE_MINUTES.warning),
  clearWithinSeconds: clearWithin(FIVE_MINUTES.warning),
  inject: ({ injectFault }) => injectFault('stalled-operation'),
});
