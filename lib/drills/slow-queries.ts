import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTES } from '../constructs/alarms/limits.ts';
import { withClient } from '../local-cloud/servers/postgres-cluster.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** A read waits this long, under the five seconds after which its role gives up waiting for a lock. */
const HELD_SECONDS = 2;
const AFTER_FAILURE_MS = 100;
const READERS = 2;

/** A migration gone wrong: a table that every read needs is locked most of the time, while clients read on. */
export const slowQueries: Drill = {
  name: 'slow-queries',
  what: 'The table of instruments is locked two seconds at a time, while clients go on reading it.',
  severity: 'critical',
  alarms: ['query-time-critical', 'statement-time-critical'],
  pageWithinSeconds: pageWithin(MINUTES.critical, 'critical'),
  clearWithinSeconds: clearWithin(MINUTES.critical, 'critical'),
  inject: async ({ ownerUrl, url }) => {
    const read = () => fetch(`${url}/v1/instruments`);
    const first = await read();
    if (!first.ok) throw new Error(`the instruments cannot be read: ${first.status}`);
    const stop = new AbortController();
    const locking = withClient(ownerUrl, async (client) => {
      while (!stop.signal.aborted) {
        await client.query('begin');
        await client.query('lock table tick_store.instruments in access exclusive mode');
        await client.query(`select pg_sleep(${HELD_SECONDS})`);
        await client.query('commit');
        // whoever waits for it has it before our next turn
      }
    });
    const reading = Array.from({ length: READERS }, async () => {
      while (!stop.signal.aborted) {
        // what becomes of it is what the alarms are to see
        await read().then(
          (response) => response.arrayBuffer(),
          () => sleep(AFTER_FAILURE_MS),
        );
      }
    });
    return {
      lift: async () => {
        stop.abort();
        await Promise.allSettled([locking, ...reading]);
      },
    };
  },
};
