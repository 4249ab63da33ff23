import { readdirSync } from 'node:fs';
import { commandLine } from '@tick-store/local-cloud';
import pg from 'pg';
import type { Random } from '../fuzz/random.ts';
import { parentOf } from '../support/function-processes.ts';
import type { OwnDatabase } from '../support/own-database.ts';
import { withClient } from '../support/postgres.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** Brings something about; returns what takes it away again. */
export type Disturbance = () => Promise<() => Promise<void>>;

/** What can be broken. */
export interface Broken {
  readonly database: OwnDatabase;
  /** Between the functions and the pooler. */
  readonly wire: TcpProxy;
  readonly random: Random;
}

const nothing = async () => undefined;

/** Everything that is done to a service, by name. */
export function disturbances({ database, wire, random }: Broken): Readonly<Record<string, Disturbance>> {
  const heal = async () => wire.heal();
  return {
    'PostgreSQL killed': async () => {
      await database.killPostgres('SIGKILL');
      return database.startPostgres;
    },
    'PostgreSQL stopped at once': async () => {
      await database.killPostgres('SIGQUIT');
      return database.startPostgres;
    },
    'PostgreSQL frozen': async () => {
      database.freezePostgres();
      return async () => database.thawPostgres();
    },
    'sessions ended': async () => {
      await withClient(database.superuserUrl, (client) =>
        client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tick_store_app'`),
      );
      return nothing;
    },
    'statements cancelled': async () => {
      await withClient(database.superuserUrl, (client) =>
        client.query(`select pg_cancel_backend(pid) from pg_stat_activity where usename = 'tick_store_app'`),
      );
      return nothing;
    },
    'PgBouncer killed': async () => {
      await database.killPooler();
      return database.startPooler;
    },
    // not `kill`: after one PgBouncer 1.18 stayed in a loop of its own, once in some tries, until it was killed itself
    'PgBouncer told to refuse': async () => {
      await admin(database, 'disable tick_store');
      return () => admin(database, 'enable tick_store');
    },
    'PgBouncer told to pause': async () => {
      // it waits for what is under way, and new transactions wait for it
      const paused = admin(database, 'pause tick_store').catch(nothing);
      return async () => {
        await paused;
        await admin(database, 'resume tick_store');
      };
    },
    'functions killed': async () => {
      for (const pid of functionProcesses()) if (random.below(2) === 0) kill(pid, 'SIGKILL');
      return nothing;
    },
    'functions frozen': async () => {
      const pids = functionProcesses();
      for (const pid of pids) kill(pid, 'SIGSTOP');
      return async () => {
        for (const pid of pids) kill(pid, 'SIGCONT');
      };
    },
    'connections reset': async () => {
      wire.cutAll();
      return nothing;
    },
    'connections half open': async () => {
      wire.blackHole(random.pick([undefined, 'up', 'down'] as const));
      return async () => {
        wire.cutAll();
        wire.heal();
      };
    },
    'responses lost': async () => {
      wire.hitAnswer(1 + random.below(6), random.pick(['cut', 'half-and-cut', 'drop'] as const), 'whole');
      return async () => {
        wire.cutAll();
        wire.heal();
      };
    },
    'commits cut off': async () => {
      wire.cutBefore('commit');
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

/** Connections to PostgreSQL that the pooler of a run may have. */
export const POOL_SIZE = 6;

/** @throws Error where PgBouncer does not respond, so that a run ends */
async function admin({ poolerAdminUrl }: OwnDatabase, command: string): Promise<void> {
  const client = new pg.Client({
    connectionString: poolerAdminUrl,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  await client.connect();
  try {
    await client.query(command);
  } finally {
    await client.end();
  }
}

/** A transaction that does not end; undefined where there was no connection for it. */
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

/** Execution environments of this process's service. */
function functionProcesses(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    return /functions\/(ingest|delete|restore|read)\.ts/.test(commandLine(pid) ?? '') && parentOf(pid) === process.pid;
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended meanwhile
  }
}
