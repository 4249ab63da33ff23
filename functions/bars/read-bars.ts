import type { AsOfMoment } from '../contract/as-of.ts';
import type { Bar, BarValue } from '../contract/bars.ts';
import { BAR_LENGTHS, type BarLength } from '../contract/batches.ts';
import { decodeBarCursor, encodeCursor, type Order, type Page, pageOf } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import { DAY_MICROS, formatTimestamp, parseTimestamp } from '../contract/time.ts';
import { repeatsMidnight } from '../contract/zone-offsets.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { resolveAsOf } from '../ledger/resolve-as-of.ts';
import type { AsOf } from '../ledger/sql/as-of.ts';
import { roundPrice } from '../records/record-rows.ts';
import { type BarInstrument, findBarInstruments } from '../reference-data/sql/instruments.ts';
import { refreshBars } from '../rollups/sql/refresh.ts';
import { chooseRollup } from './choose-rollup.ts';
import { type BarRow, type BarSource, findNextBar, findStoredLength, selectBars } from './sql/select-bars.ts';
import { selectRolledBars } from './sql/select-rolled-bars.ts';

/** The query parameters of a list of bars. */
export interface BarListQuery {
  readonly symbol?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly interval: BarLength;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly of: BarValue;
  readonly from: 'ticks' | 'bars';
  readonly timeZone: string;
  readonly order: Order;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly asOf?: AsOfMoment | undefined;
}

const SECONDS: Record<BarLength, number> = {
  ...{ '1s': 1, '1m': 60, '5m': 300, '15m': 900, '30m': 1800 },
  ...{ '1h': 3600, '4h': 14_400, '1d': 86_400, '1w': 604_800 },
};

/**
 * Bars, computed on request, so that they always reflect the stored ticks, including late, deleted, restored and corrected
 * ones. They are ordered by symbol, then start. Empty intervals are absent.
 * @throws Problem instrument_not_found, invalid_request for a cursor that is not valid
 */
export async function listBars(database: Database, query: BarListQuery, options: CallOptions): Promise<Page<Bar>> {
  const instruments = await instrumentsOf(database, query, options);
  const moment = await resolveAsOf(database, query.asOf, query, options);
  const after = query.cursor === undefined ? undefined : decodeBarCursor(query.cursor);
  const bars: Bar[] = [];
  for (const instrument of instruments) {
    if (after !== undefined && instrument.symbol < after.symbol) continue;
    const beyond = after?.symbol === instrument.symbol ? after.start : undefined;
    const wanted = query.limit + 1 - bars.length;
    for (const row of await barsOfInstrument(database, instrument, { ...query, moment }, beyond, wanted, options))
      bars.push(toBar(instrument, row));
    if (bars.length > query.limit) break;
  }
  return pageOf(bars, query.limit, ({ symbol, start }) => encodeCursor(symbol, start));
}

async function instrumentsOf(database: Database, query: BarListQuery, options: CallOptions): Promise<BarInstrument[]> {
  const symbols = [...new Set(query.symbols ?? [query.symbol as string])];
  const found = await database.run<BarInstrument>(findBarInstruments(symbols), options);
  const known = new Set(found.map(({ symbol }) => symbol));
  const missing = symbols.filter((symbol) => !known.has(symbol));
  if (missing.length > 0) {
    const path = query.symbols === undefined ? 'symbol' : 'symbols';
    const errors = missing.map(() => ({ path, code: 'unknown_instrument', message: 'there is no such instrument' }));
    throw new Problem('instrument_not_found', 'the request names an instrument that does not exist', { errors });
  }
  return [...found].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

const MICROS_PER_SECOND = 1_000_000;
const micros = (time: string): number => parseTimestamp(time, 'utc') as number;

/** A query with its `asOf` resolved to a number of a batch or operation; undefined for now. */
type QueryAtMoment = BarListQuery & { readonly moment: AsOf | undefined };

/** The limits of rows: the start of 1 January 1970 in any time zone, and one day from now. Microseconds. */
const EARLIEST = -14 * 3600 * MICROS_PER_SECOND;

/**
 * Up to `wanted` bars of one instrument. They are computed window by window, and each window begins at the next row. So a
 * page of short bars does not read a whole history, and long gaps cost nothing.
 */
async function barsOfInstrument(
  database: Database,
  instrument: BarInstrument,
  query: QueryAtMoment,
  beyond: string | undefined,
  wanted: number,
  options: CallOptions,
): Promise<BarRow[]> {
  const { interval, of, timeZone, order } = query;
  const barLength = query.from === 'ticks' ? 0 : await storedLength(database, instrument.id, query, options);
  if (barLength === undefined) return [];
  const source: BarSource = { instrumentId: instrument.id, interval, of, timeZone, barLength, asOf: query.moment };
  const sourceSeconds = barLength === 0 ? 0 : SECONDS[BAR_LENGTHS[barLength - 1] as BarLength];
  const length = SECONDS[interval] * MICROS_PER_SECOND;
  const latest = Date.now() * 1000 + 2 * DAY_MICROS;
  // [from, until) of the starts of bars
  let from = query.start === undefined ? EARLIEST : micros(query.start);
  let until = query.end === undefined ? latest : micros(query.end) + 1;
  if (beyond !== undefined && order === 'asc') from = Math.max(from, micros(beyond) + 1);
  if (beyond !== undefined && order === 'desc') until = Math.min(until, micros(beyond));
  const found: BarRow[] = [];
  for (let widening = 1; found.length < wanted && from < until; widening *= 2) {
    const next = await nextStart(database, source, from, until, length, order, options);
    if (next === undefined) break;
    const span = (wanted - found.length) * widening * length;
    const window =
      order === 'asc'
        ? { from: Math.max(from, next), until: Math.min(until, Math.max(from, next) + span) }
        : { from: Math.max(from, next - span), until: Math.min(until, next + 1) };
    found.push(...(await barsOfWindow(database, source, sourceSeconds, window, order, options)));
    if (order === 'asc') from = window.until;
    else until = window.from;
  }
  return found.slice(0, wanted);
}

/** The starts of bars, [from, until). Microseconds. */
interface Window {
  readonly from: number;
  readonly until: number;
}

/** The longest time that a read spends on refreshing roll-ups for later reads. Seconds. */
const REFRESH_BUDGET_SECONDS = 2;

/** The bars that start in a window: from roll-ups if they help, and otherwise from the rows. */
async function barsOfWindow(
  database: Database,
  source: BarSource,
  sourceSeconds: number,
  { from, until }: Window,
  order: Order,
  options: CallOptions,
): Promise<BarRow[]> {
  const [first, end] = [formatTimestamp(from), formatTimestamp(until)];
  const period = { from: from / MICROS_PER_SECOND, until: until / MICROS_PER_SECOND };
  const { timeZone, interval } = source;
  // roll-ups have only the current state
  const rollup =
    source.asOf === undefined
      ? chooseRollup({ seconds: SECONDS[interval], timeZone, sourceSeconds, ...period })
      : undefined;
  const read = { ...source, repeatsMidnight: SECONDS[interval] >= SECONDS['1h'] && repeatsMidnight(timeZone, period) };
  if (rollup === undefined) return database.run<BarRow>(selectBars(read, first, end, order), options);
  const [firstDay, endDay] = [Math.ceil(from / DAY_MICROS), Math.floor(until / DAY_MICROS)];
  // for a part of a day only its rows are read, which is faster than refreshing the whole day
  if (endDay > firstDay) await database.run(refreshBars(source, firstDay, endDay - 1, REFRESH_BUDGET_SECONDS), options);
  return database.run<BarRow>(selectRolledBars(read, rollup, first, end, order), options);
}

/** The start of the next bar, in the requested order; undefined if there is none. Microseconds. */
async function nextStart(
  database: Database,
  source: BarSource,
  from: number,
  until: number,
  length: number,
  order: Order,
  options: CallOptions,
): Promise<number | undefined> {
  // a bar that starts before `until` may have rows after it
  const last = until + length + DAY_MICROS;
  const statement = findNextBar(source, formatTimestamp(from), formatTimestamp(last), order);
  const [next] = await database.run<{ start: string }>(statement, options);
  if (next === undefined) return undefined;
  const start = micros(next.start);
  return order === 'desc' && start >= until ? until - 1 : start;
}

async function storedLength(
  database: Database,
  instrumentId: number,
  { interval, timeZone, start, end, moment }: QueryAtMoment,
  options: CallOptions,
): Promise<number | undefined> {
  const source = { instrumentId, interval, timeZone, asOf: moment };
  const statement = findStoredLength(source, SECONDS[interval], start ?? null, end ?? null);
  const [found] = await database.run<{ length: number }>(statement, options);
  return found?.length;
}

/** Rounds a sum of doubles, whose last digits depend on the order of addition. */
const SIGNIFICANT_DIGITS = 12;
const MOST_DIGITS = 10 ** SIGNIFICANT_DIGITS;
/** Integers with this few digits need no rounding. Writing them as text would take longer than the rest of a bar. */
const isRounded = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < MOST_DIGITS;
const rounded = (value: number | null): number | null =>
  value === null || isRounded(value) ? value : Number(value.toPrecision(SIGNIFICANT_DIGITS));

function toBar({ symbol, price_decimals: decimals }: BarInstrument, row: BarRow): Bar {
  return {
    symbol,
    start: row.start,
    open: roundPrice(row.open, decimals),
    high: roundPrice(row.high, decimals),
    low: roundPrice(row.low, decimals),
    close: roundPrice(row.close, decimals),
    volume: rounded(row.volume),
    count: row.count,
    vwap: rounded(row.vwap),
    complete: row.complete,
  };
}
