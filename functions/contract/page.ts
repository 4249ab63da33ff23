import { isStorable } from './fields.ts';
import { Problem } from './problem.ts';
import { EARLIEST_MICROS, formatTimestamp, parseTimestamp } from './time.ts';

/** A page of rows. `http/page-response.ts` may cut it short, so every row has a cursor that continues after it. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** Whether there are more rows after the last one. */
  readonly hasMore: boolean;
  readonly cursorOf: (row: T) => string;
}

/** A position in the order by (timestamp, sequence, id), where a record without a sequence comes before those with one. */
export interface Cursor {
  readonly timestamp: string;
  /** Null, too, for records that have no sequence, such as alert logs. */
  readonly sequence: number | null;
  readonly id: number;
}

/** The two directions of a list. */
export type Order = 'asc' | 'desc';

/** The query parameters that every list by time has. */
export interface TimeListQuery {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly order: Order;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly includeDeleted: boolean;
}

/** A position in a list. What clients receive is opaque to them, so its form can change: see `http/page-cursor.ts`. */
export const encodeCursor = (...parts: readonly (string | number | null)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** A page of up to `limit` rows, from a query for one more. */
export const pageOf = <T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> => ({
  rows: rows.slice(0, limit),
  hasMore: rows.length > limit,
  cursorOf,
});

/** A page of up to `limit` records in the order of time, from a query for one more. */
export const pageByTime = <
  T extends { readonly timestamp: string; readonly sequence?: number | null; readonly id: number },
>(
  records: readonly T[],
  limit: number,
): Page<T> => pageOf(records, limit, ({ timestamp, sequence, id }) => encodeCursor(timestamp, sequence ?? null, id));

/** @throws Problem invalid_request */
export function decodeTimeCursor(cursor: string): Cursor {
  const [timestamp, sequence, id, ...rest] = decode(cursor);
  const isSequence = sequence === null || Number.isSafeInteger(sequence);
  if (rest.length > 0 || !isOurTime(timestamp) || !isSequence || !Number.isSafeInteger(id)) throw notACursor();
  return { timestamp, sequence: sequence as number | null, id: id as number };
}

/**
 * The last bar of a page.
 * @throws Problem invalid_request
 */
export function decodeBarCursor(cursor: string): { readonly symbol: string; readonly start: string } {
  const [symbol, start, ...rest] = decode(cursor);
  if (rest.length > 0 || typeof symbol !== 'string' || typeof start !== 'string') throw notACursor();
  if (typeof parseTimestamp(start, 'refuse') !== 'number') throw notACursor();
  return { symbol, start };
}

/**
 * The last period of a page of coverage.
 * @throws Problem invalid_request
 */
export function decodeCoverageCursor(cursor: string): { readonly symbol: string; readonly period: string } {
  const [symbol, period, ...rest] = decode(cursor);
  if (rest.length > 0 || typeof symbol !== 'string' || !isStorable(symbol)) throw notACursor();
  if (typeof period !== 'string' || !/^\d{4}-\d\d(-\d\d)?$/.test(period)) throw notACursor();
  return { symbol, period };
}

/** A time in the format of rows, and one that a row can have: Postgres rejects the year 0 and 30 February. */
function isOurTime(value: unknown): value is string {
  const micros = typeof value === 'string' ? parseTimestamp(value, 'refuse') : undefined;
  return Number.isSafeInteger(micros) && Number(micros) >= EARLIEST_MICROS && formatTimestamp(Number(micros)) === value;
}

/** @throws Problem invalid_request */
export function decodeIdCursor(cursor: string): number {
  const [id, ...rest] = decode(cursor);
  if (rest.length > 0 || !Number.isSafeInteger(id)) throw notACursor();
  return id as number;
}

/**
 * The name of the last row of a page.
 * @throws Problem invalid_request
 */
export function decodeNameCursor(cursor: string): string {
  const [name, ...rest] = decode(cursor);
  if (rest.length > 0 || typeof name !== 'string' || !isStorable(name)) throw notACursor();
  return name;
}

function decode(cursor: string): unknown[] {
  const parts = partsOf(cursor);
  if (parts === undefined) throw notACursor();
  return parts;
}

function partsOf(cursor: string): unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text has the form that `encodeCursor` writes, of whatever list. */
export const isCursorForm = (cursor: string): boolean => partsOf(cursor) !== undefined;

const invalidCursor = (message: string): Problem => {
  const errors = [{ path: 'cursor', code: 'invalid_cursor', message }];
  return new Problem('invalid_request', `cursor ${message}`, { errors });
};

/** The problem of what no page has returned. */
export const notACursor = (): Problem => invalidCursor('is not a valid cursor');

/** The problem of a cursor that the page of another query has returned. */
export const anothersCursor = (): Problem =>
  invalidCursor(
    'belongs to another query: send all parameters of the request whose nextCursor it is, or begin without it',
  );
