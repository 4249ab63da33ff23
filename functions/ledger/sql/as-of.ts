import type { Row, Statement } from '../../database/database.ts';

/**
 * As-of reads. Batches and operations draw a number when they begin, and a read as of a number shows the effect of
 * those up to it. Operations from before release 0.2.0 had separate numbers. Their `number` is that of the batch before
 * them, and `id` orders operations after the same batch.
 */
export interface AsOf {
  readonly number: number;
  /** The last operation of that number that counts; 0 for none. */
  readonly operationId: number;
}

/** Operations after the moment, in SQL; $n is the number, $(n+1) the operation. */
const later = (n: number, target: string) =>
  `o.target = '${target}' and (o.number, o.id) > ($${n}::int8, $${n + 1}::int8)`;
const earlier = (n: number) => `o.target = 'market_data' and (o.number, o.id) <= ($${n}::int8, $${n + 1}::int8)`;

/** Operations that changed the row m. */
const CHANGED = `tick_store.operations o
             join tick_store.operation_rows r on r.operation_id = o.id and r.affected @> m.id
                  and r.min_time <= m."timestamp" and r.max_time >= m."timestamp"`;

/** Whether the row m was there at the moment: its batch had begun. */
export const storedAsOf = (n: number): string => `m.id < ($${n}::int8 + 1) * 65536`;

/**
 * Whether the row m was live at the moment. This is its current state, unless later operations changed it. Then it is the
 * state before the first of them.
 * @param target the table of m
 */
export const liveAsOf = (n: number, target: 'market_data' | 'alert_logs' = 'market_data'): string => `coalesce(
             (select not coalesce(r.restores, o.kind = 'restoration')
                from ${CHANGED}
               where ${later(n, target)}
               order by o.number, o.id
               limit 1), m.deleted_at is null)`;

/** The rows m that are not deleted, now or at a moment, whose two placeholders begin at n. */
export const rowsAsOf = (asOf: AsOf | undefined, n: number): string =>
  asOf === undefined ? 'm.deleted_at is null' : `${storedAsOf(n)} and ${liveAsOf(n)}`;

/** The values of a moment's placeholders; none for now. */
export const asOfValues = (asOf: AsOf | undefined): number[] =>
  asOf === undefined ? [] : [asOf.number, asOf.operationId];

/** The deletion that the row m, which is not live, was under at the moment: `at` and `id`. */
export const deletionAsOf = (n: number): string => `
    select o.at, o.id
      from ${CHANGED}
     where ${earlier(n)}
     order by o.number desc, o.id desc
     limit 1`;

/** The position of a batch among the numbers; no row if it does not exist. A correction has its batch's number. */
export const findBatchMoment = (batchId: number): Statement => ({
  name: 'find-batch-moment',
  text: `
select block as number, coalesce(operation_id, 0) as "operationId"
  from tick_store.ingest_batches
 where block = $1::int8 and target = 'market_data' and status = 'stored'`,
  values: [batchId],
});

/** The position of an operation among the numbers. */
export const findOperationMoment = (operationId: number): Statement => ({
  name: 'find-operation-moment',
  text: `
select number, id as "operationId"
  from tick_store.operations
 where id = $1::int8 and target = 'market_data'`,
  values: [operationId],
});

/** The last batch or operation that had begun before a time. */
export const findTimeMoment = (time: string): Statement => ({
  name: 'find-time-moment',
  text: `
select number, id as "operationId"
  from ((select block as number, 0::int8 as id from tick_store.ingest_batches where created_at < $1::timestamptz order by block desc limit 1)
        union all
        (select number, id from tick_store.operations where at < $1::timestamptz order by number desc, id desc limit 1)
        union all
        select 0, 0) moments
 order by number desc, id desc
 limit 1`,
  values: [time],
});

/** A running operation. */
export interface RunningOperationRow extends Row {
  readonly id: number;
}

/** The first operation up to a moment that is still changing rows of a period. Its result cannot be read yet. */
export const findRunningIn = ({ number, operationId }: AsOf, start: string | null, end: string | null): Statement => ({
  name: 'find-running-in',
  text: `
select id
  from tick_store.operations
 where status = 'running' and target = 'market_data' and (number, id) <= ($1::int8, $2::int8)
   and reach_from <= coalesce($4::timestamptz, 'infinity') and reach_to >= coalesce($3::timestamptz, '-infinity')
 order by number, id
 limit 1`,
  values: [number, operationId, start, end],
});

/** The name of an archived partition. */
export interface ArchivedPartitionRow extends Row {
  readonly name: string;
}

/** Archived partitions of a period. Their rows cannot be read. */
export const findArchivedIn = (start: string | null, end: string | null): Statement => ({
  name: 'find-archived-in',
  text: `
select name
  from tick_store.archived_partitions
 where parent = 'market_data' and starts <= coalesce($2::timestamptz, 'infinity') and ends > coalesce($1::timestamptz, '-infinity')
 order by name
 limit 20`,
  values: [start, end],
});
