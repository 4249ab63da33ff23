import type { DayReport } from './run-days.ts';

/** The first steady day, the third: by then, data that is kept for two days has been removed once. */
export const FIRST_STEADY = 2;
/** Tables that may grow by the contract: operations, and the rows that they changed. */
export const KEPT_FOR_EVER: ReadonlySet<string> = new Set(['operations', 'operation_rows', 'operation_plans']);

/** How much the last day may exceed the first steady one: by a share, plus what a busy machine, half-empty pages or a retry add. */
interface Limit {
  readonly share: number;
  readonly more: number;
}

const MIB = 2 ** 20;
const LIMITS = {
  rows: { share: 1.02, more: 5 },
  bytes: { share: 1.25, more: MIB / 8 },
  database: { share: 1.1, more: MIB },
  // the amount that PostgreSQL recycles (min_wal_size), whatever was written
  wal: { share: 1.25, more: 100 * MIB },
  heap: { share: 1.25, more: 16 * MIB },
  processes: { share: 2, more: 0 },
  resident: { share: 2, more: 0 },
  things: { share: 1.25, more: 50 },
  samples: { share: 1.5, more: 2_000 },
} satisfies Record<string, Limit>;

/**
 * Compares the last of several equal days with the first steady one. Returns a sentence for each number that grew beyond its limit.
 * Tables that are kept permanently may grow by the same number of rows per day.
 */
export function findGrowth(days: readonly DayReport[]): string[] {
  const [first, last] = [days[FIRST_STEADY], days.at(-1)];
  if (first === undefined || last === undefined || first === last)
    throw new Error(`growth shows from day ${FIRST_STEADY + 2} on`);
  const found: string[] = [];
  const check = (what: string, before: number, after: number, { share, more }: Limit) => {
    if (after > before * share + more) found.push(`${what}: ${before} after the third day, ${after} after the last`);
  };
  for (const { name, rows, tableBytes, indexBytes } of last.store.tables) {
    const before = first.store.tables.find((table) => table.name === name);
    if (KEPT_FOR_EVER.has(name)) continue;
    check(`rows of ${name}`, before?.rows ?? 0, rows, LIMITS.rows);
    check(`bytes of ${name}`, before?.tableBytes ?? 0, tableBytes, LIMITS.bytes);
    check(`bytes of the indexes of ${name}`, before?.indexBytes ?? 0, indexBytes, LIMITS.bytes);
  }
  check('bytes of the database', first.store.databaseBytes, last.store.databaseBytes, LIMITS.database);
  check('bytes of the write-ahead log', first.store.walBytes, last.store.walBytes, LIMITS.wal);
  check('sessions', first.store.sessions, last.store.sessions, LIMITS.things);
  const [before, after] = [first.machine, last.machine];
  check('files', before.files, after.files, { share: 1, more: 0 });
  check('processes of functions', before.functionProcesses, after.functionProcesses, LIMITS.processes);
  check('memory of functions', before.functionBytes, after.functionBytes, LIMITS.resident);
  check('memory of the gateway', before.gatewayBytes, after.gatewayBytes, LIMITS.heap);
  check('messages', before.messages, after.messages, LIMITS.things);
  check('undelivered messages', before.queued, after.queued, LIMITS.things);
  check('metrics', before.metrics, after.metrics, LIMITS.things);
  check('samples of metrics', before.metricSamples, after.metricSamples, LIMITS.samples);
  return found;
}

/** The rows that each of the last days added to a table that is kept permanently. */
export const addedPerDay = (days: readonly DayReport[], name: string): number[] =>
  days.slice(FIRST_STEADY).map((day, index) => rowsOf(day, name) - rowsOf(days[FIRST_STEADY + index - 1], name));

const rowsOf = (day: DayReport | undefined, name: string): number =>
  day?.store.tables.find((table) => table.name === name)?.rows ?? 0;
