import { expect } from 'vitest';
import { pasteable } from '../../bin/sql/paste-statement.ts';
import { turnOf } from '../../functions/operations/turn-of.ts';
import { withClient, withDatabase } from './postgres.ts';
import type { TestService } from './service.ts';

/** Runs `work` while a superuser's open transaction holds the locks of `statement`, and then rolls that transaction back. */
export async function whileHolding<T>(
  service: TestService,
  statement: string,
  work: (release: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  return withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    await client.query(statement);
    return work(() => client.query('rollback'));
  });
}

/** Resolves when this many backends of the test's database wait for a lock. */
export async function waiting(service: TestService, count: number): Promise<void> {
  const backends = () =>
    service.sql(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and state = 'active'`,
    );
  await expect.poll(async () => (await backends()).length, { timeout: 10_000, interval: 20 }).toBe(count);
}

/**
 * Changes the state of ticks in a superuser's transaction. The transaction is open when `work` starts, and commits once
 * `work` waits for a lock.
 * @param turn `taken`: the transaction first takes its turn among the store's changes of those instruments. `ignored`: it
 * does not
 */
export async function whileRowsBecome<T>(
  service: TestService,
  state: 'live' | 'deleted',
  ids: readonly number[],
  work: () => Promise<T>,
  turn: 'taken' | 'ignored' = 'ignored',
): Promise<T> {
  return withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    if (turn === 'taken') await client.query(pasteable(turnOf('market_data', { by: 'ids', ids, among: '{}' })));
    const set = state === 'live' ? 'deleted_at = null, deleted_by = null' : 'deleted_at = now(), deleted_by = 1';
    await client.query(`update tick_store.market_data set ${set} where id = any($1::int8[])`, [ids]);
    const working = work();
    await waiting(service, 1);
    await client.query('commit');
    return working;
  });
}

/**
 * Runs `work` while no other test file of the run uses the same name. For things that a server has only once, such as a role.
 */
export async function alone<T>(superuserUrl: string, name: string, work: () => Promise<T>): Promise<T> {
  return withClient(withDatabase(superuserUrl, 'postgres'), async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    return work();
  });
}
