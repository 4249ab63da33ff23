import { MINUTES } from '../constructs/alarms/limits.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

const REQUEST_EVERY_MS = 1000;

/** Every read fails with 500, as after a release that does not match its schema. Requests are sent meanwhile. */
export const badRelease: Drill = {
  name: 'bad-release',
  what: 'Every read of instruments fails with 500, as after a release that does not match its schema.',
  severity: 'critical',
  pages: ['requests-failing-page'],
  alarms: ['requests-failing-critical'],
  pageWithinSeconds: pageWithin(MINUTES.critical),
  clearWithinSeconds: clearWithin(MINUTES.critical),
  inject: async ({ injectFault, call }) => {
    const fault = await injectFault('bad-release');
    const timer = setInterval(
      () => void call('GET', '/v1/instruments?limit=1').catch(() => undefined),
      REQUEST_EVERY_MS,
    );
    return {
      lift: async () => {
        clearInterval(timer);
        await fault.lift();
      },
    };
  },
};

/** Tests the pager itself: a message that no recipient accepted is in its queue. */
export const undeliveredPage: Drill = {
  name: 'undelivered-page',
  what: 'A recipient refuses a page, which then goes to the queue of undelivered pages.',
  severity: 'critical',
  pages: ['undelivered-pages-critical'],
  alarms: ['undelivered-pages-critical'],
  pageWithinSeconds: pageWithin(MINUTES.critical),
  clearWithinSeconds: clearWithin(MINUTES.critical),
  inject: ({ injectFault }) => injectFault('undelivered-page'),
};
