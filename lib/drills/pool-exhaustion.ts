import { MINUTES } from '../constructs/alarms/limits.ts';
import { withClient } from '../local-cloud/servers/postgres-cluster.ts';
import { clearWithin, type Drill } from './drill.ts';
import { busyTransaction } from './sessions.ts';

/** Every server connection that the pooler may open is held by a transaction, each busy, as by slow statements. */
export const poolExhaustion: Drill = {
  name: 'pool-exhaustion',
  what: 'Clients hold every server connection of the pool in transactions that do not end.',
  needsPooler: true,
  severity: 'critical',
  alarms: ['probe-up-critical', 'pool-utilization-critical', 'acquire-time-critical'],
  pageWithinSeconds: 90,
  clearWithinSeconds: clearWithin(MINUTES.critical, 'critical'),
  inject: async ({ appUrl, adminUrl }) => {
    const size = await poolSize(adminUrl);
    const opening = Array.from({ length: size }, () => busyTransaction(appUrl, 'select pg_sleep(1)'));
    const opened = await Promise.allSettled(opening);
    const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const lift = async () => {
      await Promise.all(sessions.map((session) => session.end()));
    };
    // the service's own transactions have a few for the moment; whoever is left waiting takes them next
    if (sessions.length > 0) return { lift };
    const [first] = opened;
    throw new Error('no connection could be held', { cause: first?.status === 'rejected' ? first.reason : undefined });
  },
};

const poolSize = (adminUrl: string): Promise<number> =>
  withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ key: string; value: string }>('show config');
    return Number(rows.find(({ key }) => key === 'max_db_connections')?.value);
  });
