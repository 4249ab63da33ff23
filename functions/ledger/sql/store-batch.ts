import type { Row } from '../../database/database.ts';
import { TAKE_BATCH } from './batch-ledger.ts';

/** How one statement inserts the rows of a batch. */
export interface RowsOfBatch {
  readonly table: string;
  /** The table's columns after the id: timestamp, instrument, fields. */
  readonly columns: string;
  /** The `unnest` list of the fields, with placeholders from `FIRST_FIELD` on. */
  readonly fields: string;
  /** `on conflict … do nothing`, or nothing. */
  readonly onConflict: string;
}

/** The placeholder of a row's first field in `storeBatchText`. */
export const FIRST_FIELD = 19;

/** The reason with which `storeBatchText` ends its transaction where rows were left out. */
export const ROWS_LEFT_OUT = 'rows_left_out';

/** A batch that was stored. */
export interface StoredBlock extends Row {
  readonly block: number;
}

/**
 * A whole batch in one statement: key, ledger row and rows. Returns no row where `insertBatch` returns
 * none. Ends its transaction with `ROWS_LEFT_OUT` where not every accepted row was inserted: to settle such a batch takes a look at
 * what other transactions committed meanwhile, which needs a statement of its own.
 *
 * Measured against BEGIN, `insertBatch`, COPY and COMMIT one after another: docs/performance.md.
 * Returns the batch's id once per row, for that is how Postgres' statistics know how many there were.
 * Its values are `entryValues`, then indexes, timestamps, instruments and fields as columns.
 */
export const storeBatchText = (sql: RowsOfBatch): string => `
with batch as materialized (
  select block
    from ${TAKE_BATCH} block
   where block is not null
), stored as (
  insert into ${sql.table} (id, ${sql.columns})
  select b.block * 65536 + unnest($16::int4[]), unnest($17::timestamptz[]), unnest($18::int4[]),
       ${sql.fields}
    from batch b
  ${sql.onConflict}
  returning 1
)
select b.block
  from batch b
 cross join (select count(*) as rows from stored) s
  left join stored on true
 where case when b.block is not null and s.rows < $8::int4
            then tick_store.refuse('${ROWS_LEFT_OUT}', '{}'::json) is not null else true end`;
