import type { Row, Statement } from '../../database/database.ts';

/** Cumulative numbers, which mean something only in comparison with an earlier sample. */
export interface Counters {
  /** When Postgres started: a crash resets statistics silently. ISO 8601. */
  readonly started: string;
  readonly statsReset: string | null;
  readonly commits: number;
  readonly rollbacks: number;
  readonly blocksRead: number;
  readonly blocksHit: number;
  readonly deadlocks: number;
  readonly io: { readonly reset: string | null; readonly readBytes: number; readonly writtenBytes: number } | null;
  /** Each statement: hash, calls, milliseconds, rows. */
  readonly statements: {
    readonly reset: string | null;
    readonly statements: readonly (readonly [string, number, number, number])[];
  } | null;
}

/** One partition as the catalog has it. */
export interface PartitionSignal {
  readonly table: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  /** An estimate, null if there is none. */
  readonly rows: number | null;
  /** Null while the table is locked exclusively: reading it would wait. */
  readonly bytes: number | null;
  /** Rows ever inserted, since the statistics were reset. */
  readonly inserted: number;
}

/** What the database reports about itself at one moment. */
export interface Signals extends Row {
  /** ISO 8601. */
  readonly now: string;
  /** Whether other roles' sessions can be seen. */
  readonly sees_all: boolean;
  readonly counters: Counters;
  readonly activity: {
    readonly clients: number;
    readonly active: number;
    readonly poolInUse: number;
    readonly poolIdle: number;
    readonly longestTransactionSeconds: number;
    readonly longestIdleInTransactionSeconds: number;
    readonly blocked: number;
    readonly usableConnections: number;
  };
  readonly longest_lock_wait_seconds: number;
  readonly size_bytes: number;
  readonly dead_tuple_ratio: number;
  readonly xid_age_ratio: number;
  /** Null if there is no replica, or none that we may see. */
  readonly replica_lag_seconds: number | null;
  readonly partitions: readonly PartitionSignal[];
  readonly default_rows: number | null;
  readonly archived_partitions: number;
  /** The large operation that is continued first, and its progress as a text that changes with each step. */
  readonly oldest_operation: { readonly id: number; readonly place: string } | null;
  /** Batches that became visible since the given snapshot; null if none was given. */
  readonly ingest: {
    readonly batches: number;
    readonly received: number;
    readonly inserted: number;
    readonly rejected: number;
  } | null;
  /** The snapshot from which the next sample counts. */
  readonly ledger: { readonly block: number; readonly snapshot: string };
  /** The sample before this one. */
  readonly previous: { readonly takenAt: string; readonly counters: unknown } | null;
}

/**
 * Everything in one statement, so one round trip and one snapshot. It waits for nobody's lock: sizes of locked tables are
 * left out, and partition bounds are read without opening the table. The pool's sessions are those of our own role; the
 * probe's own is not counted.
 *
 * Batches are counted by visibility, not by time or number: a batch belongs to the first sample that can see it, however
 * late it committed, so no batch is lost and none is counted twice. Blocks are assigned before the commit, so a margin of
 * 4,096 of them is checked again.
 */
export const healthSignals = (deadTuplesThatCount: number): Statement => ({
  name: 'health-signals',
  text: `
with previous as materialized (
  select taken_at, counters,
         (counters->'ledger'->>'block')::int8 as block,
         (counters->'ledger'->>'snapshot')::pg_snapshot as snapshot
    from tick_store.health_samples
   order by id desc
   limit 1
), clients as materialized (
  select pid, usename = current_user and datname = current_database() as ours, state, wait_event_type, xact_start, state_change
    from pg_stat_activity
   where backend_type = 'client backend' and pid <> pg_backend_pid()
), locked as materialized (
  select relation from pg_locks where mode = 'AccessExclusiveLock' and granted and relation is not null
), children as materialized (
  select parent.relname::text as parent, child.relname::text as name, child.oid, child.reltuples, bound,
         (regexp_match(bound, 'FROM \\(''([^'']+)''\\)'))[1]::timestamptz as starts,
         (regexp_match(bound, 'TO \\(''([^'']+)''\\)'))[1]::timestamptz as ends
    from pg_inherits i
    join pg_class parent on parent.oid = i.inhparent and parent.relkind = 'p' and parent.relnamespace = 'tick_store'::regnamespace
    join pg_class child on child.oid = i.inhrelid
    cross join lateral pg_get_expr(child.relpartbound, 0) bound
), now_at as (
  select pg_current_snapshot() as snapshot, pg_snapshot_xmax(pg_current_snapshot())::text::int8 as xmax
), batches as (
  select b.received, b.inserted, b.rejected
    from tick_store.ingest_batches b, previous p, now_at n
   where b.block > p.block - 4096
     and not pg_visible_in_snapshot((n.xmax - ((n.xmax - b.xmin::text::int8) & 4294967295))::text::xid8, p.snapshot)
)
select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now,
       pg_has_role('pg_read_all_stats', 'usage') as sees_all,
       (select json_build_object(
                 'started', pg_postmaster_start_time(), 'statsReset', d.stats_reset, 'commits', d.xact_commit, 'rollbacks', d.xact_rollback,
                 'blocksRead', d.blks_read, 'blocksHit', d.blks_hit, 'deadlocks', d.deadlocks,
                 'io', tick_store.io_statistics(), 'statements', tick_store.statement_statistics())
          from pg_stat_database d where d.datname = current_database()) as counters,
       (select json_build_object(
                 'clients', count(*) + 1,
                 'active', count(*) filter (where state = 'active'),
                 'poolInUse', count(*) filter (where ours and state <> 'idle'),
                 'poolIdle', count(*) filter (where ours and state = 'idle'),
                 'longestTransactionSeconds', coalesce(extract(epoch from max(now() - xact_start)), 0),
                 'longestIdleInTransactionSeconds',
                   coalesce(extract(epoch from max(now() - state_change) filter (where state like 'idle in transaction%')), 0),
                 'blocked', count(*) filter (where wait_event_type = 'Lock'),
                 'usableConnections', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                                      - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int)
          from clients) as activity,
       (select coalesce(extract(epoch from max(now() - waitstart)), 0)::float8 from pg_locks where not granted) as longest_lock_wait_seconds,
       pg_database_size(current_database()) as size_bytes,
       (select coalesce(max(n_dead_tup::float8 / (n_live_tup + n_dead_tup)), 0)
          from pg_stat_user_tables where n_dead_tup > $1::int8) as dead_tuple_ratio,
       (select max(age(datfrozenxid))::float8 / 2147483648 from pg_database where datallowconn) as xid_age_ratio,
       (select extract(epoch from max(replay_lag))::float8 from pg_stat_replication) as replica_lag_seconds,
       (select coalesce(json_agg(json_build_object(
                 'table', c.parent, 'name', c.name,
                 'from', to_char(c.starts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                 'to', to_char(c.ends at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                 'rows', case when s.n_live_tup > 0 then s.n_live_tup
                              when c.reltuples >= 0 then c.reltuples
                              when s.n_tup_ins = 0 and not exists (select from locked l where l.relation = c.oid)
                                   and pg_relation_size(c.oid) = 0 then 0 end,
                 'bytes', case when not exists (select from locked l where l.relation = c.oid) then pg_total_relation_size(c.oid) end,
                 'inserted', coalesce(s.n_tup_ins, 0)) order by c.parent, c.starts nulls last), '[]')
          from children c left join pg_stat_user_tables s on s.relid = c.oid) as partitions,
       case when not exists (select from children where bound = 'DEFAULT') then 0 end as default_rows,
       (select count(*)::int4 from tick_store.archived_partitions) as archived_partitions,
       (select json_build_object('id', o.id, 'place', concat_ws('/', o.planned, o.planned_through, o.planned_steps, o.next_step))
          from tick_store.operations o where o.status = 'running' order by o.id limit 1) as oldest_operation,
       (select case when exists (select from previous where snapshot is not null)
                    then json_build_object('batches', count(*), 'received', coalesce(sum(received), 0),
                                           'inserted', coalesce(sum(inserted), 0), 'rejected', coalesce(sum(rejected), 0)) end
          from batches) as ingest,
       (select json_build_object('block', coalesce((select max(block) from tick_store.ingest_batches), 0), 'snapshot', snapshot::text)
          from now_at) as ledger,
       (select json_build_object('takenAt', to_char(taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'counters', counters)
          from previous) as previous`,
  values: [deadTuplesThatCount],
});
