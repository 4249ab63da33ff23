import { tickFields } from '../../contract/market-data.ts';
import type { Statement } from '../../database/database.ts';
import type { RowColumns } from '../../ingest/batch-table.ts';
import { type BatchOf, type LedgerEntry, OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import { storeBatchText, storeBatchValues } from '../../ledger/sql/store-batch.ts';
import { columnList, unnestList } from '../../records/column-lists.ts';

/** The columns of a batch's rows; the parts of the key that a batch does not give have defaults. */
export const TICK_COLUMNS = `id, "timestamp", instrument_id,
       ${columnList(tickFields)}`;

/** COPY of ticks; its columns are those of `RowColumns`, after the id. */
export const COPY_TICKS = `copy tick_store.market_data (${TICK_COLUMNS}) from stdin (format binary)`;

/**
 * `unnest` in the SELECT list walks all arrays in step and pads short ones with nulls, so a column without any value is
 * an empty array. Rate compared with a pre-encoded binary COPY: docs/schema.md.
 */
const ROWS = `k.number * 65536 + unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]),
       ${unnestList(tickFields, 6)}`;

/** The placeholders of `ROWS` and `OF_THIS_BATCH`. */
export const tickValues = (batch: BatchOf, rows: RowColumns): Statement['values'] => [
  batch.keyScope,
  batch.idempotencyKey,
  rows.indexes,
  rows.timestamps,
  rows.instruments,
  ...rows.fields,
];

const INSERT_TICKS = `
insert into tick_store.market_data (${TICK_COLUMNS})
select ${ROWS}
  from ${OF_THIS_BATCH}`;

/** Inserts ticks without a key. */
export const insertTicks = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-ticks',
  text: INSERT_TICKS,
  values: tickValues(batch, rows),
});

const STORE_TICKS = storeBatchText('store_ticks', tickFields);

/** Stores a whole batch of ticks. */
export const storeTicks = (entry: LedgerEntry, rows: RowColumns): Statement => ({
  name: 'store-ticks',
  text: STORE_TICKS,
  values: storeBatchValues(entry, rows),
});

/** Leaves out a row whose sequence is already stored. */
const LEAVE_OUT_STORED = `on conflict (instrument_id, "timestamp", sequence, occurrence, revision) where bar_length = 0 do nothing`;

/** Inserts ticks, and leaves out those whose sequence is stored. */
export const insertNewTicks = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-new-ticks',
  text: `${INSERT_TICKS}
${LEAVE_OUT_STORED}`,
  values: tickValues(batch, rows),
});

/** The placeholder of a bar's length, after those of the fields. */
const BAR_LENGTH = `$${6 + tickFields.length}::int2`;

/** Inserts bars of a length, and leaves out those that are stored. */
export const insertNewBars = (batch: BatchOf, rows: RowColumns, barLength: number): Statement => ({
  name: 'insert-new-bars',
  text: `
insert into tick_store.market_data (${TICK_COLUMNS}, bar_length)
select ${ROWS}, ${BAR_LENGTH}
  from ${OF_THIS_BATCH}
on conflict (instrument_id, bar_length, "timestamp", revision) where bar_length > 0 do nothing`,
  values: [...tickValues(batch, rows), barLength],
});
