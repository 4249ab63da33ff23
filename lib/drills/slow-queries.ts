import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

const AFTER_FAILURE_MS = 100;
const READERS = 2;

/** A failed migration: a table that every read needs is locked most of the time, while clients keep reading. */
export const slowQueries: Drill = {
  name: 'slow-queries',
  what: 'The table of instruments is locked for two seconds at a time, while clients keep reading it.',
  severity: 'critical',
  pages: ['reads-slow-page', 'requests-failing-page'],
  alarms: ['reads-slow-critical', 'requests-failing-critical'],
  pageWithinSeconds: pageWithin(MINUTES.critical),
  clearWithinSeconds: clearWithin(MINUTES.critical),
  inject: async ({ call, injectFault }) => {
    const read = () => call('GET', '/v1/instruments');
    await read();
    const fault = await injectFault('locked-instruments');
    const stop = new AbortController();
    const reading = Array.from({ length: READERS }, async () => {
      // the alarms must see the outcome of these reads
      while (!stop.signal.aborted) await read().catch(() => sleep(AFTER_FAILURE_MS));
    });
    return {
      lift: async () => {
        stop.abort();
        await fault.lift();
        await Promise.all(reading);
      },
    };
  },
};
