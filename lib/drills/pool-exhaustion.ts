import { MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill } from './drill.ts';

/** Busy transactions take every server connection that the pooler may open, as slow statements would. */
export const poolExhaustion: Drill = {
  name: 'pool-exhaustion',
  what: 'Clients use every server connection of the pool in transactions that do not end.',
  needsPooler: true,
  severity: 'critical',
  pages: ['pool-exhausted-page'],
  alarms: ['pool-exhausted-critical'],
  pageWithinSeconds: 90,
  clearWithinSeconds: clearWithin(MINUTES.critical),
  inject: ({ injectFault }) => injectFault('pool-exhausted'),
};
