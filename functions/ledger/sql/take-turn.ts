import { type ArrayParameter, array, type Statement } from '../../database/database.ts';
import type { LedgerEntry } from './batch-ledger.ts';

/**
 * Transactions that change rows of one instrument run one after the other. Each takes its turn before it draws its
 * number, and holds it until it ends. So the order of the numbers is the order of the changes, and no statement that
 * locks or changes rows meets a row that another transaction is changing. PostgreSQL 18 must not meet such a row: it
 * would recheck it (EvalPlanQual) with stale state of run-time partition pruning, and then skip rows of other
 * partitions or crash with a segmentation fault. Transactions that only insert rows take no turn.
 * docs/decisions/0074-changes-take-turns.md has the alternatives.
 */

/** A table whose rows can change. */
type Table = LedgerEntry['target'];

/** The first half of the advisory lock's key; no other advisory lock of the database has it. */
const LOCK_SPACE: Readonly<Record<Table, number>> = { market_data: 1_414_090_054, alert_logs: 1_414_090_055 };

/**
 * Instruments share this many locks, because one change may touch any number of instruments and each lock takes shared
 * memory.
 */
const BUCKETS = 256;

/** All instruments, for an old record that does not say which instruments it touched. */
const ALL_BUCKETS = `array(select generate_series(0, ${BUCKETS - 1}))`;

/** Always in the same order, so two transactions cannot deadlock. */
const lockText = (instruments: string): string => `
select count(pg_advisory_xact_lock($2::int4, bucket)::text) as locked
  from (select distinct id % ${BUCKETS} as bucket from (${instruments}) touched (id) order by 1) buckets`;

/**
 * For a change of rows of these instruments.
 * @param instruments int4 ids, with repetitions
 */
export const takeTurnOfInstruments = (table: Table, instruments: ArrayParameter): Statement => ({
  name: 'take-turn-of-instruments',
  text: lockText('select unnest($1::int4[])'),
  values: [instruments, LOCK_SPACE[table]],
});

/** For a change of rows of these batches. */
export const takeTurnOfBatches = (table: Table, blocks: readonly number[]): Statement => ({
  name: 'take-turn-of-batches',
  text: lockText(`
         select unnest(coalesce(b.touched_instruments, ${ALL_BUCKETS}))
           from tick_store.ingest_batches b
          where b.block = any($1::int8[])`),
  values: [array('int8', blocks), LOCK_SPACE[table]],
});

/** For a change of the rows that an operation has changed. */
export const takeTurnOfOperation = (table: Table, operationId: number): Statement => ({
  name: 'take-turn-of-operation',
  text: lockText(`
         select unnest(coalesce(r.touched_instruments, case when r.affected <> '{}' then ${ALL_BUCKETS} end))
           from tick_store.operation_rows r
          where r.operation_id = $1::int8`),
  values: [operationId, LOCK_SPACE[table]],
});
