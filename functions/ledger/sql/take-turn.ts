import { type ArrayParameter, array, type Statement } from '../../database/database.ts';
import type { LedgerEntry } from './batch-ledger.ts';

/**
 * Transactions that change rows of one instrument run one after the other: each takes its turn first, before it draws its number, and
 * keeps it until it ends. So numbers have the order of the changes, and no statement that locks or changes rows meets one that another
 * transaction changes at the same time. PostgreSQL 18 must not meet one: it would look at it again (EvalPlanQual) with what run-time
 * partition pruning has left behind, and then lose rows of other partitions, or end in a segmentation fault. What only inserts rows takes
 * no turn. docs/decisions/0074-changes-take-turns.md has the alternatives.
 */

/** A table whose rows can change. */
type Table = LedgerEntry['target'];

/** The first half of the advisory lock's key; no other advisory lock of the database has it. */
const LOCK_SPACE: Readonly<Record<Table, number>> = { market_data: 1_414_090_054, alert_logs: 1_414_090_055 };

/** Instruments share this many locks: one change may touch any number of instruments, and a lock needs room in shared memory. */
const BUCKETS = 256;

/** Where it is not known which instruments a record of the past touched: all of them. */
const ALL_BUCKETS = `array(select generate_series(0, ${BUCKETS - 1}))`;

/** In one order, so that two transactions never wait for each other. */
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
