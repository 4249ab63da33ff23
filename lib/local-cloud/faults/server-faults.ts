import type { LocalDatabase } from '../servers/local-database.ts';
import { withClient } from '../servers/postgres-cluster.ts';
import { busyTransaction } from './busy-transaction.ts';
import type { ActiveFault, InjectFault } from './faults.ts';

/** Faults that can happen to any PostgreSQL behind any pooler. */
export const serverFaults = (database: LocalDatabase): Record<string, InjectFault> => ({
  'database-down': () => ({ lift: database.keepDown('postgres') }),
  'pooler-down': () => ({ lift: database.keepDown('pooler') }),
  'pool-exhausted': () => exhaustPool(database),
  'long-transaction': () => busyTransaction(database.postgres.ownerUrl, 'select pg_sleep(1)'),
});

/** Busy transactions take every server connection that the pooler may open, as slow statements would. */
async function exhaustPool({ pooler }: LocalDatabase): Promise<ActiveFault> {
  const size = await poolSize(pooler.adminUrl);
  const opening = Array.from({ length: size }, () => busyTransaction(pooler.appUrl, 'select pg_sleep(1)'));
  const opened = await Promise.allSettled(opening);
  const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const lift = async () => {
    await Promise.all(sessions.map((session) => session.lift()));
  };
  // the service's own transactions hold a few connections for the moment; a waiting transaction gets them next
  if (sessions.length > 0) return { lift, details: { connections: sessions.length } };
  const [first] = opened;
  throw new Error('no connection could be taken', { cause: first?.status === 'rejected' ? first.reason : undefined });
}

const poolSize = (adminUrl: string): Promise<number> =>
  withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ key: string; value: string }>('show config');
    return Number(rows.find(({ key }) => key === 'max_db_connections')?.value);
  });
