import { checkPgBouncer, checkPostgres, endHungPostgres } from './check-server.ts';
import type { DatabaseNames, PoolerSettings } from './database-specification.ts';
import { type LocalPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';
import { identify, sendSignal } from './process-table.ts';
import { Supervised } from './supervised-server.ts';

/** PostgreSQL with PgBouncer in front of it. */
export interface LocalDatabase {
  /** The running server; a restart by supervision replaces it. */
  readonly postgres: LocalPostgres;
  /** The running pooler; a restart by supervision replaces it. */
  readonly pooler: LocalPgBouncer;
  /**
   * Kills a server as a crash would, and keeps it down although it is supervised.
   * @returns a function that lets it start again; resolves when it runs
   * @throws Error if it is already kept down, or is not supervised
   */
  keepDown(which: 'postgres' | 'pooler'): () => Promise<void>;
  /** Stops the pooler, then PostgreSQL. Idempotent. */
  stop(): Promise<void>;
}

export interface LocalDatabaseOptions {
  readonly dataDirectory: string;
  readonly names: DatabaseNames;
  readonly pooler: PoolerSettings;
  readonly print: (line: string) => void;
  /** Called while only the server runs, before the pooler starts. Tests migrate their schema here. */
  readonly beforePooler?: (postgres: LocalPostgres) => Promise<void>;
  /** PgBouncer settings that override those derived from `pooler`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /**
   * If set, a server that dies is restarted on its port, and this is called when that has failed too often. Otherwise a
   * dead server stays down.
   */
  readonly onGivenUp?: (error: Error) => void;
}

/**
 * Starts PostgreSQL, then PgBouncer in front of it.
 * @throws Error, with nothing left running, if either does not start
 */
export async function startLocalDatabase(options: LocalDatabaseOptions): Promise<LocalDatabase> {
  const { dataDirectory, names, pooler: settings, print, overrides = {}, beforePooler, onGivenUp } = options;
  const startServer = (at: { port?: number }) =>
    startPostgres({ dataDirectory, names, print, pooler: settings, ...at });
  const startPooler = (at: { port?: number }) =>
    startPgBouncer({ dataDirectory, postgres: postgres.current, pooler: settings, print, overrides, ...at });

  const postgres = new Supervised(await startServer({}), {
    name: 'PostgreSQL',
    restart: ({ port }) => startServer({ port }),
    hang: { check: checkPostgres, end: endHungPostgres },
    print,
  });
  try {
    await beforePooler?.(postgres.current);
    const pooler = new Supervised(await startPooler({}), {
      name: 'PgBouncer',
      restart: async ({ port }) => {
        await postgres.settled();
        return await startPooler({ port });
      },
      hang: { check: checkPgBouncer, end: ({ pid }) => sendSignal(identify(pid), 'SIGKILL') },
      print,
    });
    if (onGivenUp !== undefined) for (const server of [postgres, pooler]) server.watch(onGivenUp);
    return {
      get postgres() {
        return postgres.current;
      },
      get pooler() {
        return pooler.current;
      },
      keepDown: (which) => {
        if (onGivenUp === undefined) throw new Error('only a supervised server can be kept down');
        // an immediate shutdown ends PostgreSQL's sessions as a crash does, and leaves none of its processes behind
        if (which === 'postgres') return postgres.keepDown(({ pid }) => sendSignal(identify(pid), 'SIGQUIT'));
        return pooler.keepDown(({ pid }) => sendSignal(identify(pid), 'SIGKILL'));
      },
      stop: async () => {
        // First, because a pooler that is being restarted waits for PostgreSQL.
        postgres.cancelRestarts();
        try {
          await pooler.stop();
        } finally {
          await postgres.stop();
        }
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
