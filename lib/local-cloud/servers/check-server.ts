import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPgBouncer } from './pgbouncer.ts';
import type { LocalPostgres } from './postgres.ts';
import { withClient } from './postgres-cluster.ts';
import { identify, sendSignal } from './process-table.ts';

const TIMEOUT_MS = 5_000;
/** PostgreSQL needs a moment for an immediate shutdown. A stopped process does not receive the signal. */
const QUIT_MS = 5_000;
const TOO_MANY_CONNECTIONS = '53300';

/**
 * @throws Error if PostgreSQL accepts no connection, for example while it shuts down. A server without free connections
 * counts as working
 */
export async function checkPostgres({ superuserUrl }: LocalPostgres): Promise<void> {
  try {
    await withClient(superuserUrl, (client) => client.query('select 1'), TIMEOUT_MS);
  } catch (error) {
    if ((error as { code?: string }).code !== TOO_MANY_CONNECTIONS) throw error;
  }
}

/** @throws Error if PgBouncer's console does not respond */
export async function checkPgBouncer({ adminUrl }: LocalPgBouncer): Promise<void> {
  await withClient(adminUrl, (client) => client.query('show version'), TIMEOUT_MS);
}

/** Ends a PostgreSQL that hangs: by an immediate shutdown, from which it recovers, otherwise by SIGKILL. */
export async function endHungPostgres({ pid }: LocalPostgres): Promise<void> {
  const server = identify(pid);
  sendSignal(server, 'SIGQUIT');
  await sleep(QUIT_MS, undefined, { ref: false });
  sendSignal(server, 'SIGKILL');
}
