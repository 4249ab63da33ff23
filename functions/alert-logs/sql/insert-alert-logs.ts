import { alertLogFields } from '../../contract/alert-logs.ts';
import type { Statement } from '../../database/database.ts';
import type { RowColumns } from '../../ingest/batch-table.ts';
import { type BatchOf, type LedgerEntry, OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import { storeBatchText, storeBatchValues } from '../../ledger/sql/store-batch.ts';
import { columnList, unnestList } from '../../records/column-lists.ts';

const COLUMNS = `"timestamp", instrument_id,
       ${columnList(alertLogFields)}`;

/** COPY of alert logs; its columns are those of `RowColumns`, after the id. */
export const COPY_ALERT_LOGS = `copy tick_store.alert_logs (id, ${COLUMNS}) from stdin (format binary)`;

/** Inserts rows of a batch of alert logs. */
export const insertAlertLogs = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-alert-logs',
  text: `
insert into tick_store.alert_logs (id, ${COLUMNS})
select k.number * 65536 + unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]),
       ${unnestList(alertLogFields, 6)}
  from ${OF_THIS_BATCH}`,
  values: [batch.keyScope, batch.idempotencyKey, rows.indexes, rows.timestamps, rows.instruments, ...rows.fields],
});

const STORE_ALERT_LOGS = storeBatchText('store_alert_logs', alertLogFields);

/** A batch of alert logs as a whole. */
export const storeAlertLogs = (entry: LedgerEntry, rows: RowColumns): Statement => ({
  name: 'store-alert-logs',
  text: STORE_ALERT_LOGS,
  values: storeBatchValues(entry, rows),
});
