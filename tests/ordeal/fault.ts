import { readdirSync } from 'node:fs';
import { commandLine } from '@tick-store/local-cloud';
import pg from 'pg';
import type { Random } from '../fuzz/random.ts';
import type { DataApiAccess } from '../support/backends/data-api.ts';
import { parentOf } from '../support/function-processes.ts';
import type { OwnDatabase } from '../support/own-database.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** Brings something about; returns what takes it away again. */
export type Disturbance = (random: Random) => Promise<() => Promise<void>>;
export type Disturbances = Readonly<Record<string, Disturbance>>;

/**
 * Where a fault is, in the order in which what holds at once is taken away: connections first, for a server that starts is tried
 * through them, and the pooler last, because it is tried with PostgreSQL behind it. Faults of one place do not meet.
 */
export const PLACES = [
  'front',
  'wire',
  'endpoint',
  'cluster',
  'functions',
  'clock',
  'PostgreSQL',
  'pooler',
  'all',
] as const;
export type FaultPlace = (typeof PLACES)[number];

/** Faults by where they are. */
export type PlacedDisturbances = Readonly<Partial<Record<FaultPlace, Disturbances>>>;

/** Whether two places can be disturbed at once: the end of everything can meet what does not need the servers only. */
export function canMeet(first: FaultPlace, second: FaultPlace): boolean {
  const needsServers = (place: FaultPlace) => PLACES.indexOf(place) >= PLACES.indexOf('functions');
  if (first === 'all') return second !== 'all' && !needsServers(second);
  if (second === 'all') return !needsServers(first);
  return first !== second;
}

/** What can be broken. */
export interface Broken {
  readonly database: OwnDatabase;
  /** Between clients and the gateway. */
  readonly front: TcpProxy;
  /** Between the functions and the pooler, or between the backend's endpoint and what is behind it. */
  readonly wire: TcpProxy;
  /** Between the functions and the backend's HTTP endpoint, where it has one. */
  readonly endpoint: TcpProxy | undefined;
  readonly dataApi: DataApiAccess | undefined;
  /** By how many milliseconds the functions' clock is off: the file of `stepped-clock.ts`. */
  readonly clockFile: string;
}

/** Connections to PostgreSQL that the pooler of a run may have. */
export const POOL_SIZE = 6;

export const nothing = async () => undefined;

/** Execution environments of this process's service. */
export function functionProcesses(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    return /functions\/(ingest|delete|restore|read)\.ts/.test(commandLine(pid) ?? '') && parentOf(pid) === process.pid;
  });
}

/** Runs statements one after the other. @throws Error if the server does not respond, so that a run ends */
export async function runOn(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  // a server that dies fails the statement; the event that comes with it must not end the run
  client.on('error', () => undefined);
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end().catch(nothing);
  }
}
