import { alertLogFields } from '../contract/alert-logs.ts';
import type { BatchTable } from '../ingest/batch-table.ts';
import { COPY_ALERT_LOGS, insertAlertLogs, storeAlertLogs } from './sql/insert-alert-logs.ts';

/** Batches of alert logs: their fields and SQL. */
export const alertLogTable: BatchTable = {
  target: 'alert_logs',
  fields: alertLogFields,
  copy: COPY_ALERT_LOGS,
  insert: insertAlertLogs,
  store: storeAlertLogs,
};
