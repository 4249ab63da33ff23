import type { AsOfMoment } from '../contract/as-of.ts';
import { type BarLength, barLengthOf } from '../contract/batches.ts';
import type { Coverage, CoveragePeriod } from '../contract/coverage.ts';
import { decodeCoverageCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { resolveAsOf } from '../ledger/resolve-as-of.ts';
import { type InstrumentChoice, instrumentFilterOf } from '../reference-data/instruments.ts';
import { refreshCounts } from '../rollups/sql/refresh.ts';
import { type CoverageFilter, type CoverageRow, selectCoverage, selectCoverageAsOf } from './sql/select-coverage.ts';

/** The most that a read counts for later reads: days, and rows in them. */
const READER_DAYS = 1000;
const READER_ROWS = 2_000_000;

/** The query parameters of coverage. */
export interface CoverageQuery extends InstrumentChoice {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly by: CoveragePeriod;
  readonly bars?: BarLength | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly asOf?: AsOfMoment | undefined;
}

/**
 * The number of stored rows and their first and last times, by instrument and period. The order is by symbol, then period. A period
 * without rows is absent.
 * @throws Problem instrument_not_found, invalid_request for a cursor that is not valid; of `asOf`: batch_not_found,
 *   operation_not_found, rows_archived
 */
export async function listCoverage(
  database: Database,
  query: CoverageQuery,
  options: CallOptions,
): Promise<Page<Coverage>> {
  const filter: CoverageFilter = {
    after: query.cursor === undefined ? null : decodeCoverageCursor(query.cursor),
    instrumentId: await instrumentFilterOf(database, query, options),
    barLength: barLengthOf(query.bars),
    start: query.start ?? null,
    end: query.end ?? null,
    by: query.by,
    limit: query.limit + 1,
  };
  const asOf = await resolveAsOf(database, query.asOf, query, options);
  // later reads need not count these days again
  if (asOf === undefined) await database.run(refreshCounts(filter.instrumentId, 0, READER_DAYS, READER_ROWS), options);
  const statement = asOf === undefined ? selectCoverage(filter) : selectCoverageAsOf(filter, asOf);
  const rows = await database.run<CoverageRow>(statement, options);
  return pageOf(rows.map(toCoverage), query.limit, ({ symbol, period }) => encodeCursor(symbol, period));
}

const toCoverage = (row: CoverageRow): Coverage => ({
  instrumentId: row.instrument_id,
  symbol: row.symbol,
  period: row.period,
  rows: row.rows,
  deleted: row.deleted,
  withSequence: row.with_sequence,
  firstAt: row.first_at,
  lastAt: row.last_at,
});
