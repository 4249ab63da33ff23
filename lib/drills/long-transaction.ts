import type { Settings } from '../config/schema.ts';
import { MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** A report that someone runs without the pooler: it is always active, and never commits. */
export const longTransaction = ({ thresholds }: Settings): Drill => ({
  name: 'long-transaction',
  what: 'A transaction that does not use the pooler stays open for minutes, and is never idle.',
  severity: 'warning',
  pages: ['slow-warning'],
  alarms: ['long-transaction-warning'],
  pageWithinSeconds: thresholds.transactionSeconds.warning + pageWithin(MINUTES.warning),
  clearWithinSeconds: clearWithin(MINUTES.warning),
  inject: ({ injectFault }) => injectFault('long-transaction'),
});
