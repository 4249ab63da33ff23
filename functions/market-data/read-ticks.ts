import type { AsOfMoment } from '../contract/as-of.ts';
import { type BarLength, barLengthOf } from '../contract/batches.ts';
import type { Tick } from '../contract/market-data.ts';
import { decodeTimeCursor, type Page, pageByTime, type TimeListQuery } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { refuseArchived, resolveAsOf, resolveMoment } from '../ledger/resolve-as-of.ts';
import type { ArchivedPartitionRow } from '../ledger/sql/as-of.ts';
import { type InstrumentChoice, instrumentFilterOf } from '../reference-data/instruments.ts';
import { keyByRequest, type LatestQuery } from '../reference-data/latest-by-instrument.ts';
import { findArchivedNewer } from './sql/find-archived-newer.ts';
import {
  findPageStart,
  findTick,
  latestTicks,
  latestTicksAsOf,
  listTicks,
  type TickQuery,
  type TickRow,
  type TickTextRow,
} from './sql/select-ticks.ts';
import { type Precision, tickWriter } from './write-ticks.ts';

/** The query parameters of a list of ticks. */
export interface TickListQuery extends InstrumentChoice, TimeListQuery {
  readonly bars?: BarLength | undefined;
  readonly precision: Precision;
  readonly asOf?: AsOfMoment | undefined;
}

/**
 * Lists ticks, or bars of a length, in a period, both ends included. Without an instrument it lists those of all.
 * `tickTexts` writes the rows.
 * @throws Problem instrument_not_found, invalid_request for a cursor that is not valid; of `asOf`: batch_not_found,
 * operation_not_found, rows_archived
 */
export async function listMarketData(
  database: Database,
  query: TickListQuery,
  options: CallOptions,
): Promise<Page<TickTextRow>> {
  const list: TickQuery = {
    after: query.cursor === undefined ? null : decodeTimeCursor(query.cursor),
    instrumentId: await instrumentFilterOf(database, query, options),
    barLength: barLengthOf(query.bars),
    start: query.start ?? null,
    end: query.end ?? null,
    order: query.order,
    includeDeleted: query.includeDeleted,
    limit: query.limit + 1,
  };
  const asOf = await resolveAsOf(database, query.asOf, query, options);
  const newest = asOf === undefined ? await newestOfAll(database, list, options) : undefined;
  const rows = newest ?? (await database.run<TickTextRow>(listTicks(list, asOf), options));
  return pageByTime(rows, query.limit);
}

/** Extra rows to allow for deleted ones, so that most pages need one query. */
const SPARE_ROWS = 1000;

/**
 * The newest page of all instruments, read from a start time with enough rows after it. Undefined if that does not work
 * and the whole period must be read.
 */
async function newestOfAll(
  database: Database,
  list: TickQuery,
  options: CallOptions,
): Promise<TickTextRow[] | undefined> {
  if (list.instrumentId !== null || list.order === 'asc') return undefined;
  const until = list.after?.timestamp ?? list.end;
  const [found] = await database.run<{ start: string | null }>(
    findPageStart(list.barLength, until, list.limit + SPARE_ROWS),
    options,
  );
  if (!found?.start || (list.start !== null && found.start <= list.start)) return undefined;
  const rows = await database.run<TickTextRow>(listTicks({ ...list, start: found.start }), options);
  return rows.length === list.limit ? rows : undefined;
}

/**
 * The newest tick of each requested instrument, by the id or symbol of the request; null if it has none.
 * @throws Problem of `asOf`: batch_not_found, operation_not_found, operation_running; rows_archived if an archived
 * partition may hold a newer one
 */
export async function latestMarketData(
  database: Database,
  query: LatestQuery & { readonly precision: Precision; readonly asOf?: AsOfMoment | undefined },
  options: CallOptions,
): Promise<Record<string, Tick | null>> {
  const { instrumentIds = [], symbols = [], includeDeleted } = query;
  const asOf = query.asOf && (await resolveMoment(database, query.asOf, {}, options));
  const statement =
    asOf === undefined
      ? latestTicks(instrumentIds, symbols, includeDeleted)
      : latestTicksAsOf(instrumentIds, symbols, includeDeleted, asOf);
  const rows = await database.run<TickRow>(statement, options);
  if (asOf !== undefined)
    refuseArchived(await database.run<ArchivedPartitionRow>(findArchivedNewer(instrumentIds, symbols, rows), options));
  return keyByRequest(rows.map(tickWriter(query.precision)), query);
}

/** @throws Problem tick_not_found, also for a deleted one unless includeDeleted is set */
export async function findTickById(
  database: Database,
  id: number,
  { includeDeleted, precision }: { readonly includeDeleted: boolean; readonly precision: Precision },
  options: CallOptions,
): Promise<Tick> {
  const [row] = await database.run<TickRow>(findTick(id, includeDeleted), options);
  if (row === undefined)
    throw new Problem('tick_not_found', 'no tick has this id, or it is deleted (includeDeleted=true shows it)');
  return tickWriter(precision)(row);
}
