import pg from 'pg';
import { sendSignal } from '../support/send-signal.ts';
import { type FaultTargets, type Injections, nothing, POOL_SIZE, runOn } from './fault.ts';

const OURS = `from pg_stat_activity where usename = 'tick_store_app'`;

/** Faults of PostgreSQL. */
export function breakPostgres({ database }: FaultTargets): Injections {
  const onServer = (...statements: string[]) => runOn(database.superuserUrl, ...statements);
  return {
    'PostgreSQL killed': async () => {
      await database.killPostgres('SIGKILL');
      return database.revivePostgres;
    },
    'PostgreSQL stopped at once': async () => {
      await database.killPostgres('SIGQUIT');
      return database.revivePostgres;
    },
    'PostgreSQL frozen': async () => {
      database.freezePostgres();
      return async () => database.thawPostgres();
    },
    'sessions ended': async () => {
      await onServer(`select pg_terminate_backend(pid) ${OURS}`);
      return nothing;
    },
    'one session ended': async (random) => {
      await onServer(
        `select pg_terminate_backend(pid) from (select pid ${OURS} offset ${random.below(POOL_SIZE)} limit 1) one`,
      );
      return nothing;
    },
    // PostgreSQL then ends all other sessions too, and recovers by itself
    'one session’s process killed': async (random) => {
      const [found] = await onServer(`select pid ${OURS}`);
      const pids: number[] = (found?.rows ?? []).map(({ pid }) => pid);
      if (pids.length > 0) sendSignal(random.pick(pids), 'SIGKILL');
      return database.revivePostgres;
    },
    'statements cancelled': async () => {
      await onServer(`select pg_cancel_backend(pid) ${OURS}`);
      return nothing;
    },
  };
}

/** Faults of PgBouncer. */
export function breakPooler({ database }: FaultTargets): Injections {
  const wire = database.poolerWire;
  const console = (command: string) => runOn(database.poolerAdminUrl, command);
  const heal = async () => {
    wire?.cutAll();
    wire?.heal();
  };
  return {
    'PgBouncer killed': async () => {
      await database.killPooler();
      return database.startPooler;
    },
    // not the command `kill`: after it, PgBouncer 1.18 sometimes stayed in an endless loop until its process was killed
    'PgBouncer refuses connections': async () => {
      await console('disable tick_store');
      return async () => void (await console('enable tick_store'));
    },
    'PgBouncer paused': async () => {
      // the command waits for running transactions, and new transactions wait for it
      const paused = console('pause tick_store').catch(nothing);
      return async () => {
        await paused;
        await console('resume tick_store');
      };
    },
    'PgBouncer reconnects': async () => {
      await console('reconnect tick_store');
      return nothing;
    },
    'the pooler’s connections reset': async () => {
      wire?.cutAll();
      return nothing;
    },
    'the pooler’s connections half open': async (random) => {
      wire?.blackHole(random.pick([undefined, 'up', 'down'] as const));
      return heal;
    },
    'the pooler’s responses lost': async (random) => {
      wire?.hitResponse(1 + random.below(6), random.pick(['cut', 'half-and-cut'] as const), 'whole');
      return heal;
    },
    'pool taken': async () => {
      const held = await Promise.all(Array.from({ length: POOL_SIZE }, () => hold(database.appUrl)));
      return async () => {
        await Promise.all(held.map((client) => client?.end().catch(nothing)));
      };
    },
  };
}

/** Opens a transaction that does not end. Undefined if there was no connection for it. */
async function hold(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin; select 1');
    return client;
  } catch {
    await client.end().catch(nothing);
    return undefined;
  }
}
