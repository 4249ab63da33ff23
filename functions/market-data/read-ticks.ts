import { batchIdOf } from '../contract/batches.ts';
import { type Tick, tickFields } from '../contract/market-data.ts';
import { decodeTimeCursor, type Page, pageByTime } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { fieldValues } from '../records/record-rows.ts';
import { type InstrumentChoice, instrumentFilterOf } from '../reference-data/instruments.ts';
import { keyByRequest, type LatestQuery } from '../reference-data/latest-by-instrument.ts';
import { findTick, latestTicks, listTicks, type TickRow } from './sql/select-ticks.ts';

export interface TickListQuery extends InstrumentChoice {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly includeDeleted: boolean;
}

/**
 * Ticks of a period, both ends included, newest first; of all instruments where none is named.
 * @throws Problem instrument_not_found, invalid_request for a cursor that is not valid
 */
export async function listMarketData(
  database: Database,
  query: TickListQuery,
  options: CallOptions,
): Promise<Page<Tick>> {
  const rows = await database.run<TickRow>(
    listTicks({
      after: query.cursor === undefined ? null : decodeTimeCursor(query.cursor),
      instrumentId: await instrumentFilterOf(database, query, options),
      start: query.start ?? null,
      end: query.end ?? null,
      includeDeleted: query.includeDeleted,
      limit: query.limit + 1,
    }),
    options,
  );
  return pageByTime(rows.map(toTick), query.limit);
}

/** The newest tick of each requested instrument, by the id or symbol of the request; null if it has none. */
export async function latestMarketData(
  database: Database,
  query: LatestQuery,
  options: CallOptions,
): Promise<Record<string, Tick | null>> {
  const { instrumentIds = [], symbols = [], includeDeleted } = query;
  const rows = await database.run<TickRow>(latestTicks(instrumentIds, symbols, includeDeleted), options);
  return keyByRequest(rows.map(toTick), query);
}

/** @throws Problem tick_not_found, also for a deleted one unless includeDeleted is set */
export async function findTickById(
  database: Database,
  id: number,
  includeDeleted: boolean,
  options: CallOptions,
): Promise<Tick> {
  const [row] = await database.run<TickRow>(findTick(id, includeDeleted), options);
  if (row === undefined)
    throw new Problem('tick_not_found', 'no tick has this id, or it is deleted (includeDeleted=true shows it)');
  return toTick(row);
}

function toTick(row: TickRow): Tick {
  return {
    id: row.id,
    timestamp: row.timestamp,
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    ...fieldValues(tickFields, row, row.price_decimals),
    batchId: batchIdOf(row.id),
    deletedAt: row.deleted_at,
    deletedBy: row.deleted_by,
  };
}
