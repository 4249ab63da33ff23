import type { BatchTable } from '../batches/table.ts';
import { alertLogFields } from '../contract/alert-logs.ts';
import { COPY_ALERT_LOGS, insertAlertLogs } from './sql/ingest.ts';

export const alertLogsTable: BatchTable = {
  target: 'alert_logs',
  fields: alertLogFields,
  copy: COPY_ALERT_LOGS,
  insert: insertAlertLogs,
};
