-- The ledger: one row a batch, committed with the batch's rows. `block` is the batch's id, and its rows have the ids
-- block * 65536 + index, so an id tells its batch without a look-up. 2^37 blocks keep ids under 2^53, JSON's integers.
create table tick_store.ingest_batches (
  block           bigint generated always as identity (maxvalue 137438953471) primary key,
  target          text not null check (target in ('market_data', 'alert_logs')),
  actor           text not null,
  idempotency_key text not null,
  payload_hash    bytea not null,
  request_id      uuid not null,
  received        integer not null check (received between 1 and 65536),
  inserted        integer not null,
  duplicates      integer not null default 0,
  conflicts       integer not null default 0,
  tombstoned      integer not null default 0,
  rejected        integer not null,
  -- bounds of the accepted rows' timestamps: a look-up by id reads only the partitions between them
  min_time        timestamptz not null,
  max_time        timestamptz not null,
  -- the answer's JSON text after {"batchId":…,"firstId":…, so that a replay is the same byte for byte
  receipt         text not null,
  created_at      timestamptz not null default now(),
  unique (actor, idempotency_key),
  check (inserted + duplicates + conflicts + tombstoned + rejected = received)
);

-- One row a deletion or restoration, for ever: who, why, when and, in `receipt` and `operation_rows`, which rows.
create table tick_store.operations (
  id              bigint generated always as identity (maxvalue 9007199254740991) primary key,
  kind            text not null check (kind in ('deletion', 'restoration')),
  target          text not null check (target in ('market_data', 'alert_logs')),
  selector        jsonb not null,
  reason          text not null check (length(reason) between 1 and 500),
  actor           text not null,
  idempotency_key text not null,
  payload_hash    bytea not null,
  request_id      uuid not null,
  at              timestamptz not null default now(),
  affected        bigint,
  receipt         text,
  unique (actor, idempotency_key)
);

create index ix_operations_target on tick_store.operations (target, id);

-- What each statement of an operation found and changed, as sets of ids, with the bounds of their timestamps.
create table tick_store.operation_rows (
  operation_id bigint not null references tick_store.operations (id) on delete restrict,
  step         integer not null,
  found        int8multirange not null,
  affected     int8multirange not null,
  min_time     timestamptz,
  max_time     timestamptz,
  primary key (operation_id, step)
);

-- History is append-only: a batch's counts and an operation's receipt are written in the transaction that made them,
-- and never again.
grant select, insert on tick_store.ingest_batches, tick_store.operations, tick_store.operation_rows to tick_store_app;

grant update (inserted, duplicates, conflicts, tombstoned, rejected, min_time, max_time, receipt) on tick_store.ingest_batches to tick_store_app;

grant update (affected, receipt) on tick_store.operations to tick_store_app;

create function tick_store.refuse_rewrite() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store as $$
begin
  raise exception '% is append-only: a row is final once its transaction has committed', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

-- A row inserted by the running transaction has its xmin; any other row is history.
create trigger batch_is_final before update on tick_store.ingest_batches for each row
  when (old.xmin <> pg_current_xact_id()::xid) execute function tick_store.refuse_rewrite();

create trigger operation_is_final before update on tick_store.operations for each row
  when (old.xmin <> pg_current_xact_id()::xid) execute function tick_store.refuse_rewrite();

create function tick_store.refuse_late_rows() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store as $$
begin
  if not exists (select from tick_store.operations o where o.id = new.operation_id and o.xmin = pg_current_xact_id()::xid) then
    raise exception '% is append-only: rows are noted in the transaction of their operation', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger rows_are_of_a_running_operation before insert on tick_store.operation_rows
  for each row execute function tick_store.refuse_late_rows();

-- Ends the transaction on purpose. The reason tells the application why, the detail is JSON for the answer. Declared to
-- return text, so that it can stand where a value would.
create function tick_store.refuse(reason text, detail json) returns text language plpgsql as $$
begin
  raise exception '%', reason using errcode = 'TS001', detail = detail::text;
end
$$;

-- A set of integers as JSON ranges, both ends included: [[0,3],[7,7]].
create function tick_store.ranges_json(numbers int8multirange) returns text language sql immutable
  set search_path = pg_catalog as $$
  select '[' || coalesce(string_agg('[' || lower(r) || ',' || upper(r) - 1 || ']', ',' order by r), '') || ']' from unnest(numbers) r
$$;

-- How many integers a set holds.
create function tick_store.cardinality(numbers int8multirange) returns bigint language sql immutable
  set search_path = pg_catalog as $$
  select coalesce(sum(upper(r) - lower(r)), 0)::bigint from unnest(numbers) r
$$;
