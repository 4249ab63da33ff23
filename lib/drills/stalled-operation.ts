import type { Settings } from '../config/schema.ts';
import { FIVE_MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** The schedule that continues large operations has stopped, and one of them waits for it. */
export const stalledOperation = ({ thresholds }: Settings): Drill => ({
  name: 'stalled-operation',
  what: 'An operation is under way, and the schedule no longer continues it.',
  severity: 'warning',
  pages: ['data-warning'],
  alarms: ['operation-stalled-warning'],
  // the least of a period counts, so that the period in which it becomes too old is not yet a bad one
  pageWithinSeconds:
    thresholds.operationStallSeconds.warning + FIVE_MINUTES.warning.periodSeconds + pageWithin(FIVE_MINUTES.warning),
  clearWithinSeconds: clearWithin(FIVE_MINUTES.warning),
  inject: ({ injectFault }) => injectFault('stalled-operation'),
});
