import { tickFields } from '../../contract/market-data.ts';
import type { Statement } from '../../database/database.ts';
import type { BatchSettlement, Correction, RowColumns } from '../../ingest/batch-table.ts';
import { type BatchOf, OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import { idsSql, operationSql } from '../../ledger/sql/operation-text.ts';
import { isOvertakenSql, REFUSE_OVERTAKEN } from '../../ledger/sql/overtaken.ts';
import {
  OUTCOMES_OF_REPLACING,
  READ_REPLACING_OUTCOMES,
  WRITE_REPLACING_RECEIPT,
} from '../../ledger/sql/settle-receipt.ts';
import { columnList } from '../../records/column-lists.ts';
import { TICK_COLUMNS } from './insert-ticks.ts';
import { INPUT, type RowKind, settlementValues, UNSETTLED_BATCH, UNSTORED_BATCH, VALUES } from './settle-rows.ts';

/**
 * `onConflict=replace`: a row whose key is stored with other values, or only deleted, is stored as the key's next
 * revision. The row that it replaces is deleted by the batch's correction, an operation with the batch's own number.
 */

/** The last revision of a key: `market_data.revision` is a smallint. A row beyond it is left out as with `onConflict=keep`. */
const LAST_REVISION = 32_767;

/**
 * Compares each row with the stored rows of its key. A key with several rows of a packet is never replaced, and is
 * treated as with `keep`.
 */
const verdicts = ({ sameKey }: RowKind) => `verdicts as materialized (
  select i.index,
         case when i.index is null or bool_and(s.id is null) or bool_or(s.id = i.first_id + i.index) then null
              when bool_or(s.deleted_at is null and
                   (${columnList(VALUES, 's')})
                   is not distinct from
                   (${columnList(VALUES, 'i')})) then 'duplicate'
              when bool_and(s.occurrence = 0) and max(s.revision) < ${LAST_REVISION} then 'replaced'
              when bool_or(s.deleted_at is null) then 'conflict'
              else 'tombstoned' end as outcome,
         (max(s.revision) + 1)::int2 as revision
    from input i
    full join stored s on s.instrument_id = i.instrument_id and s."timestamp" = i."timestamp"${sameKey}
   group by i.index
)`;

/** The row that each one replaces: the live revision, or the one that was deleted last. They are locked in the order of their ids. */
const OLD_ROWS = ({ sameKey, isKind }: RowKind) => `targets as (
  select distinct on (i.index) s.id, s."timestamp", s.instrument_id, s.sequence
    from verdicts v
    join input i on i.index = v.index
    join stored s on s.instrument_id = i.instrument_id and s."timestamp" = i."timestamp"${sameKey}
   where v.outcome = 'replaced'
   order by i.index, (s.deleted_at is null) desc, s.deleted_by desc, s.revision desc
), locked as materialized (
  select m.id, m."timestamp", m.instrument_id, m.sequence
    from tick_store.market_data m
    join targets i on ${sameRow({ sameKey, isKind })}
   order by m.id
   for no key update of m
), marked as (
  update tick_store.market_data m
     set deleted_at = coalesce(m.deleted_at, now()), deleted_by = coalesce(m.deleted_by, b.block), superseded = true
    from locked i, batch b
   where ${sameRow({ sameKey, isKind })}
  returning m.id, m."timestamp", m.deleted_by = b.block as deleted
)`;

/** Found by the key, which has the B-tree; by ids alone each row would read a BRIN index. */
const sameRow = ({ sameKey, isKind }: Pick<RowKind, 'sameKey' | 'isKind'>) =>
  `m.instrument_id = i.instrument_id and m."timestamp" = i."timestamp"${sameKey.replaceAll('s.', 'm.')} and ${isKind}
     and m.id = i.id and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz`;

/** The new rows are inserted after the old ones are marked, because only one revision of a key may be live. */
const NEW_ROWS = ({ barLength }: RowKind) => `renewed as (
  insert into tick_store.market_data (${TICK_COLUMNS}, bar_length, revision)
  select i.first_id + i.index, i."timestamp", i.instrument_id,
       ${columnList(tickFields, 'i')}, ${barLength}, v.revision
    from input i
    join verdicts v on v.index = i.index and v.outcome = 'replaced'
   where (select count(*) from marked) >= 0
  returning id, "timestamp"
)`;

const IDS = 'range_agg(int8range(id, id + 1))';

const receipt = (reason: string, actor: string) =>
  operationSql({
    ...{ id: 'b.block', kind: "'correction'::text", reason, actor, at: 'now()', requested: 'c.count' },
    ...{ affected: 'tick_store.cardinality(c.deleted)', unchanged: 'tick_store.cardinality(c.found - c.deleted)' },
    notFound: "'0'",
    rest: `${idsSql({ affected: 'c.deleted', unchanged: 'c.found - c.deleted', notFound: "'{}'::int8multirange" })}
         || ',"batchId":' || b.block || ',"stored":' || tick_store.ranges_json(c.stored)`,
  });

/** Records the correction: the old rows as its first step, the new ones as its second. */
const operation = (reason: string, actor: string) => `changed as (
  select (select ${IDS} from marked) as found, coalesce((select ${IDS} from marked where deleted), '{}') as deleted, count(*) as count,
         ${IDS} as stored, min("timestamp") as min_time, max("timestamp") as max_time
    from renewed
), operation as (
  insert into tick_store.operations (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor, batch_id, affected, receipt)
  select b.block, b.block, 'correction', 'market_data', jsonb_build_object('batchId', b.block), ${reason}, $1::text, $2::text, ${actor}, b.block,
         tick_store.cardinality(c.deleted),
         ${receipt(reason, actor)}
    from batch b, changed c
   where c.count > 0
  returning id
), noted as (
  insert into tick_store.operation_rows (operation_id, step, found, affected, restores, min_time, max_time, touched_instruments, touched_days)
  select o.id, step, case step when 0 then c.found else c.stored end, case step when 0 then c.deleted else c.stored end, step = 1,
         c.min_time, c.max_time, l.touched_instruments, l.touched_days
    from operation o
    join tick_store.ingest_batches l on l.block = o.id, changed c, generate_series(0, 1) step
)`;

const valuesOf = (kind: RowKind, settlement: BatchSettlement, rows: RowColumns): Statement['values'] => [
  ...settlementValues(settlement, rows),
  ...kind.values,
];

/**
 * Runs after the rows without a stored key have been inserted; does nothing if those were all. Replaces rows, records
 * the correction and writes the receipt.
 */
export function replaceRows(
  kind: RowKind,
  settlement: BatchSettlement,
  rows: RowColumns,
  { reason, actor }: Correction,
): Statement {
  const values = valuesOf(kind, settlement, rows);
  const at = (offset: number) => `$${values.length + offset}::text`;
  return {
    name: `replace-${kind.name}`,
    text: `\nwith ${[
      UNSETTLED_BATCH,
      INPUT,
      kind.stored,
      verdicts(kind),
      OLD_ROWS(kind),
      NEW_ROWS(kind),
      operation(at(1), at(2)),
      OUTCOMES_OF_REPLACING,
      WRITE_REPLACING_RECEIPT,
    ].join(', ')}`,
    values: [...values, reason, actor],
  };
}

/** The rows that the batch's correction replaced and stored. */
const FOUND = '(select range_agg(r.found) from tick_store.operation_rows r where r.operation_id = k.number)';

/**
 * Aborts the transaction of an overtaken correction. Runs after the correction, to see what was committed while it
 * waited for its rows.
 */
export const checkCorrection = (batch: BatchOf): Statement => ({
  name: 'check-correction',
  text: `
select case when ${isOvertakenSql("'market_data'", 'k.number', FOUND)}
            then ${REFUSE_OVERTAKEN} end as overtaken
  from ${OF_THIS_BATCH}`,
  values: [batch.keyScope, batch.idempotencyKey],
});

/** The outcomes that rows would have if they may replace others. Read-only. */
export const classifyReplacing = (kind: RowKind, settlement: BatchSettlement, rows: RowColumns): Statement => ({
  name: `classify-replacing-${kind.name}`,
  text: `\nwith ${[UNSTORED_BATCH, INPUT, kind.stored, verdicts(kind), OUTCOMES_OF_REPLACING].join(', ')}${READ_REPLACING_OUTCOMES}`,
  values: valuesOf(kind, settlement, rows),
});
