import pg from 'pg';
import { DatabaseError, kindOf } from '../../errors.ts';
import { within } from './postgres-call.ts';
import { textOnly } from './type-parsers.ts';

/** A row of a SHOW command: every column as text, by name, because new versions add columns. */
export type PoolerConsoleRow = Readonly<Record<string, string | null>>;

/** What PgBouncer's admin console shows. */
export interface PoolerConsoleView {
  readonly pools: readonly PoolerConsoleRow[];
  readonly stats: readonly PoolerConsoleRow[];
  /** Rows of `list` and `items`. */
  readonly lists: readonly PoolerConsoleRow[];
}

/**
 * Reads PgBouncer's admin console over a connection of its own, which counts in no pool. The console supports only the simple
 * protocol, so the commands have no parameters. It takes four round trips and about 2 kB.
 * @throws DatabaseError
 */
export async function readConsole(url: string, timeoutMs: number): Promise<PoolerConsoleView> {
  const limits = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  const client = new pg.Client({ connectionString: url, ...limits, types: textOnly } as pg.ClientConfig);
  // if the console disconnects, the query fails; the error event must not end the process
  client.on('error', () => undefined);
  const late = () =>
    new DatabaseError('timeout', `the pooler's console did not respond within ${timeoutMs} ms`, { rolledBack: true });
  try {
    return await within(show(client), timeoutMs, late);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const { code } = error as { code?: string };
    const message = error instanceof Error ? error.message : String(error);
    throw new DatabaseError(kindOf(code, message), message, { code, statement: 'show', rolledBack: true }, error);
  } finally {
    // not awaited: a hung console does not respond to this either
    client.end().catch(() => undefined);
  }
}

async function show(client: pg.Client): Promise<PoolerConsoleView> {
  await client.connect();
  const rows = async (what: string) => (await client.query<PoolerConsoleRow>(`show ${what}`)).rows;
  return { pools: await rows('pools'), stats: await rows('stats'), lists: await rows('lists') };
}
