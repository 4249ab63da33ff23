import type { Statement } from '../../database/database.ts';
import type { RowColumns } from '../../ingest/batch-table.ts';
import type { BatchOf } from '../../ledger/sql/batch-ledger.ts';

/** Columns in the order of `alertLogFields`. */
const COLUMNS = `id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status, evaluation_time_ms,
  rule_condition, alert_message, error_message, delivery_attempted_at, delivery_completed_at`;

export const COPY_ALERT_LOGS = `copy tick_store.alert_logs (${COLUMNS}) from stdin (format binary)`;

export const insertAlertLogs = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-alert-logs',
  text: `
insert into tick_store.alert_logs (${COLUMNS})
select b.block * 65536 + unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]), unnest($6::int4[]), unnest($7::float8[]),
       unnest($8::float8[]), unnest($9::text[]), unnest($10::text[]), unnest($11::float8[]), unnest($12::text[]), unnest($13::text[]),
       unnest($14::text[]), unnest($15::timestamptz[]), unnest($16::timestamptz[])
  from tick_store.ingest_batches b
 where b.actor = $1::text and b.idempotency_key = $2::text and b.xmin = pg_current_xact_id()::xid`,
  values: [batch.actor, batch.idempotencyKey, rows.indexes, rows.timestamps, rows.instruments, ...rows.fields],
});
