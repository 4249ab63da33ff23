import { expect } from 'vitest';
import { pasteable } from '../../bin/sql/paste-statement.ts';
import { turnOf } from '../../functions/operations/turn-of.ts';
import { withClient, withDatabase } from './postgres.ts';
import type { TestService } from './service.ts';

/** Runs `work` while a superuser's open transaction holds what its statement locks; then rolls that back. */
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
 * Puts ticks into a state by a superuser's transaction that is open while `work` starts, and committed once that waits for one.
 * @param turn `taken`: in turn with the store's own changes of those instruments, as another of them; else in nobody's turn
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
 * Runs `work` while no other test file of the run that asks for the same name does: for what a server has only once, such
 * as a role.
 */
export async function alone<T>(superuserUrl: string, name: string, work: () => Promise<T>): Promise<T> {
  return withClient(withDatabase(superuserUrl, 'postgres'), async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    return work();
  });
}
