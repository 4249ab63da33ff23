import { readdirSync } from 'node:fs';
import { commandLine } from '@tick-store/local-cloud';
import pg from 'pg';
import type { Random } from '../fuzz/random.ts';
import type { DataApiAccess } from '../support/backends/data-api.ts';
import { parentOf } from '../support/function-processes.ts';
import type { OwnDatabase } from '../support/own-database.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** Injects a fault. Returns a function that lifts it. */
export type Injection = (random: Random) => Promise<() => Promise<void>>;
export type Injections = Readonly<Record<string, Injection>>;

/**
 * The places of faults, in the order in which simultaneous faults are lifted. Connections come first, because the start of a
 * server is checked through them. The pooler comes late, because its start is checked with PostgreSQL behind it. Two faults of
 * the same place never overlap.
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

/** Faults by place. */
export type PlacedInjections = Readonly<Partial<Record<FaultPlace, Injections>>>;

/** Whether faults of two places can overlap. A fault of everything overlaps only with faults that need no server. */
export function canOverlap(first: FaultPlace, second: FaultPlace): boolean {
  const needsServers = (place: FaultPlace) => PLACES.indexOf(place) >= PLACES.indexOf('functions');
  if (first === 'all') return second !== 'all' && !needsServers(second);
  if (second === 'all') return !needsServers(first);
  return first !== second;
}

/** The parts into which faults are injected. */
export interface FaultTargets {
  readonly database: OwnDatabase;
  /** Between clients and the gateway. */
  readonly front: TcpProxy;
  /** Between the functions and the pooler, or between the backend's endpoint and the server behind it. */
  readonly wire: TcpProxy;
  /** Between the functions and the backend's HTTP endpoint, if it has one. */
  readonly endpoint: TcpProxy | undefined;
  readonly dataApi: DataApiAccess | undefined;
  /** The file of `stepped-clock.ts`, which holds the offset of the functions' clock in milliseconds. */
  readonly clockFile: string;
}

/** The number of connections to PostgreSQL that the pooler of a run may open. */
export const POOL_SIZE = 6;

export const nothing = async () => undefined;

/** Execution environments of this process's service. */
export function functionProcesses(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    return /functions\/(ingest|delete|restore|read)\.ts/.test(commandLine(pid) ?? '') && parentOf(pid) === process.pid;
  });
}

/** Runs statements in sequence. @throws Error if the server does not respond, which ends the run */
export async function runOn(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  // if the server dies, the statement fails; the error event must not end the run
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
