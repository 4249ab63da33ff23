import { type AlertLog, alertLogFields } from '../contract/alert-logs.ts';
import { batchIdOf } from '../contract/batches.ts';
import { decodeTimeCursor, type Page, pageByTime, type TimeListQuery } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { fieldValues } from '../records/record-rows.ts';
import { type InstrumentChoice, instrumentFilterOf } from '../reference-data/instruments.ts';
import { keyByRequest, type LatestQuery } from '../reference-data/latest-by-instrument.ts';
import { type AlertLogRow, findAlertLog, latestAlertLogs, listAlertLogs } from './sql/select-alert-logs.ts';

/** The query parameters of a list of alert logs. */
export interface AlertLogListQuery extends InstrumentChoice, TimeListQuery {
  readonly ruleId?: number | undefined;
  readonly firedStatus?: string | undefined;
  readonly deliveryStatus?: string | undefined;
}

/**
 * Alert logs of a period, both ends included.
 * @throws Problem instrument_not_found, invalid_request for a cursor that is not valid
 */
export async function listAlertLogPage(
  database: Database,
  query: AlertLogListQuery,
  options: CallOptions,
): Promise<Page<AlertLog>> {
  const rows = await database.run<AlertLogRow>(
    listAlertLogs({
      after: query.cursor === undefined ? null : decodeTimeCursor(query.cursor),
      instrumentId: await instrumentFilterOf(database, query, options),
      ruleId: query.ruleId ?? null,
      firedStatus: query.firedStatus ?? null,
      deliveryStatus: query.deliveryStatus ?? null,
      start: query.start ?? null,
      end: query.end ?? null,
      order: query.order,
      includeDeleted: query.includeDeleted,
      limit: query.limit + 1,
    }),
    options,
  );
  return pageByTime(rows.map(toAlertLog), query.limit);
}

/** The newest alert log of each requested instrument, by the id or symbol of the request; null if it has none. */
export async function readLatestAlertLogs(
  database: Database,
  query: LatestQuery,
  options: CallOptions,
): Promise<Record<string, AlertLog | null>> {
  const { instrumentIds = [], symbols = [], includeDeleted } = query;
  const rows = await database.run<AlertLogRow>(latestAlertLogs(instrumentIds, symbols, includeDeleted), options);
  return keyByRequest(rows.map(toAlertLog), query);
}

/** @throws Problem alert_log_not_found, also for a deleted one unless includeDeleted is set */
export async function findAlertLogById(
  database: Database,
  id: number,
  includeDeleted: boolean,
  options: CallOptions,
): Promise<AlertLog> {
  const [row] = await database.run<AlertLogRow>(findAlertLog(id, includeDeleted), options);
  if (row === undefined) {
    throw new Problem(
      'alert_log_not_found',
      'no alert log has this id, or it is deleted (includeDeleted=true shows it)',
    );
  }
  return toAlertLog(row);
}

function toAlertLog(row: AlertLogRow): AlertLog {
  const { ruleId, ...fields } = fieldValues(alertLogFields, row);
  return {
    id: row.id,
    timestamp: row.timestamp,
    ruleId,
    ruleName: row.rule_name,
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    instrumentName: row.instrument_name,
    ...fields,
    batchId: batchIdOf(row.id),
    deletedAt: row.deleted_at,
    deletedBy: row.deleted_by,
  };
}
