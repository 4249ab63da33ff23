import { SLOW } from '../constructs/alarms/limits.ts';
import { withClient } from '../local-cloud/servers/postgres-cluster.ts';
import { clearWithin, type Drill, pageWithin } from './drill.ts';

/** Of the drill's own instrument: nothing of anybody's data is touched. */
const SYMBOL = 'DRILL';

/** The first month since 1970 that has no partition. */
const FREE_MONTH = `
  select to_char(month, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as month
    from generate_series(timestamptz '1970-01-01 00:00Z', now() - interval '1 year', interval '1 month') as month,
         lateral tick_store.partition_for('market_data', month) as wanted
   where to_regclass('tick_store.' || wanted.name) is null
   order by month limit 1`;

/**
 * Another session has the lock under which partitions are made, so a tick of a month without one falls into the default
 * partition, which keeps it safe. Lifting makes the partition, to which the tick moves, and deletes the tick as a client
 * would: what is left is a deleted tick of the drill's own instrument, and the operation that says why.
 */
export const missingPartition: Drill = {
  name: 'missing-partition',
  what: 'A partition cannot be made in time, so that a tick falls into the default partition.',
  severity: 'warning',
  alarms: ['default-partition-warning'],
  pageWithinSeconds: pageWithin(SLOW.warning, 'warning'),
  clearWithinSeconds: clearWithin(SLOW.warning, 'warning'),
  inject: async ({ ownerUrl, url }) => {
    const asked = client(url);
    await asked('PUT', `/v1/instruments/${SYMBOL}`, { name: 'Fire drill', type: 'other' });
    const { month, batchId } = await withClient(ownerUrl, async (session) => {
      const { rows } = await session.query<{ month: string }>(`set timezone = 'UTC'; ${FREE_MONTH}`).then(last);
      const [free] = rows;
      if (!free) throw new Error('every month since 1970 has a partition');
      await session.query("begin; select pg_advisory_xact_lock(hashtext('tick_store.market_data'))");
      const records = [{ timestamp: free.month, symbol: SYMBOL, price: 1 }];
      const receipt = (await asked('POST', '/v1/market-data', { records })) as { batchId: number };
      await session.query('rollback');
      return { month: free.month, batchId: receipt.batchId };
    });
    return {
      lift: async () => {
        await withClient(ownerUrl, (session) =>
          session.query("select tick_store.ensure_partition('market_data', $1)", [month]),
        );
        await asked('POST', '/v1/market-data/deletions', { batchId, reason: 'Fire drill missing-partition is over' });
      },
    };
  },
};

/** Of several statements in one query, the result of the last. */
const last = <T>(results: T | T[]): T => (Array.isArray(results) ? (results.at(-1) as T) : results);

/** @throws Error for an answer that is no success */
const client =
  (url: string) =>
  async (method: string, path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
