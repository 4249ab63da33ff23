import { MOST_OPERATIONS, type Revision } from '../../contract/history.ts';
import type { Statement } from '../../database/database.ts';
import { TICK_COLUMNS_OF_M, type TickRow } from './select-ticks.ts';

/** A revision of a row. */
export interface RevisionRow extends TickRow {
  readonly revision: number;
  /** In the form of the response. */
  readonly operations: Revision['operations'];
}

/** Bytes of a row with a few operations. */
const REVISION_BYTES = 2000;

/** What operations did to the row m, oldest first. Operations that began before its batch cannot have changed it. */
const OPERATIONS = `
  select coalesce(json_agg(json_build_object('operationId', last.id, 'kind', last.kind, 'effect', last.effect, 'reason', last.reason,
                                             'actor', last.actor, 'at', to_char(last.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                           order by last.number, last.id), '[]') as operations
    from (select o.id, o.number, o.kind, o.reason, o.actor, o.at,
                 case when not coalesce(r.restores, o.kind = 'restoration') then 'deleted'
                      when o.kind = 'correction' then 'stored'
                      else 'restored' end as effect
            from tick_store.operations o
            join tick_store.operation_rows r on r.operation_id = o.id and r.affected @> m.id
                 and r.min_time <= m."timestamp" and r.max_time >= m."timestamp"
           where o.target = 'market_data' and o.number >= m.id / 65536
           order by o.number desc, o.id desc
           limit ${MOST_OPERATIONS}) last`;

/** The revisions of a row's key, deleted ones included, oldest first: one for a row without a key. */
export const listRevisions = (id: number, after: number, limit: number): Statement => ({
  name: 'list-revisions',
  text: `
with named as materialized (
  select m.*
    from tick_store.ingest_batches b
    join tick_store.market_data m on m.id = $1::int8
     and m."timestamp" between tick_store.earliest_of(array[$1::int8]) and tick_store.latest_of(array[$1::int8])
   where b.block = $1::int8 / 65536 and b.target = 'market_data'
), revisions as (
  select m.*
    from named n
    join tick_store.market_data m on m.bar_length = 0 and m.instrument_id = n.instrument_id and m."timestamp" = n."timestamp"
     and m.sequence = n.sequence and m.occurrence = n.occurrence
   where n.bar_length = 0
  union all
  select m.*
    from named n
    join tick_store.market_data m on m.bar_length > 0 and m.bar_length = n.bar_length and m.instrument_id = n.instrument_id
     and m."timestamp" = n."timestamp"
   where n.bar_length > 0
  union all
  select * from named where bar_length = 0 and sequence is null
)
select ${TICK_COLUMNS_OF_M}, m.revision::int4 as revision, o.operations
  from (select * from revisions where revision > $2::int4 order by revision limit $3::int4) m
  join tick_store.instruments i on i.id = m.instrument_id
 cross join lateral (${OPERATIONS}) o
 order by m.revision`,
  values: [id, after, limit],
  expected: { rows: limit, rowBytes: REVISION_BYTES },
});
