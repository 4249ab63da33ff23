import { withClient } from './postgres-cluster.ts';

/** A row of a SHOW command: every column as text by its name, because newer versions have more columns. */
export type ConsoleRow = Readonly<Record<string, string | null>>;

/** What PgBouncer's admin console shows. */
export interface ConsoleView {
  readonly pools: readonly ConsoleRow[];
  readonly stats: readonly ConsoleRow[];
}

/**
 * Reads PgBouncer's admin console over its own connection, which uses no place in any pool.
 * @throws Error if the console does not respond in time
 */
export function readConsole(adminUrl: string, timeoutMs: number): Promise<ConsoleView> {
  return withClient(
    adminUrl,
    async (client) => {
      const rows = async (what: string) => (await client.query<ConsoleRow>(`show ${what}`)).rows;
      return { pools: await rows('pools'), stats: await rows('stats') };
    },
    timeoutMs,
  );
}
