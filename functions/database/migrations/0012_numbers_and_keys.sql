-- Batches, operations and changes draw one number at their start, so that "what was stored after number N" has a meaning
-- for all of them (as-of reads). The application needs no `nextval` in its SQL text, which would pin RDS Proxy's sessions.
create sequence tick_store.history_number as bigint maxvalue 137438953471;

select setval('tick_store.history_number', greatest(last, 1), last > 0) as started
  from (select greatest((select max(block) from tick_store.ingest_batches), (select max(id) from tick_store.operations), 0) as last) numbers;

grant usage on sequence tick_store.history_number to tick_store_app;

-- The one place where a key is taken, by whatever came first: a batch, an operation, a change of reference data. `scope` is the
-- stable part of the caller's identity (an IAM role whatever its session). Kept apart from the ledgers, so that keys can
-- expire while the ledgers stay.
create table tick_store.idempotency_keys (
  scope        text not null,
  key          text not null,
  kind         text not null check (kind in ('batch', 'operation')),
  number       bigint not null default nextval('tick_store.history_number'),
  payload_hash bytea not null,
  -- the request that took the key: tells its own retry from a replay by another request
  request_id   uuid not null,
  created_at   timestamptz not null default now(),
  primary key (scope, key)
);

-- For the removal of expired keys: a batch lies together, so this index costs an insert nothing measurable.
create index ix_idempotency_keys_created on tick_store.idempotency_keys using brin (created_at);

grant select, insert on tick_store.idempotency_keys to tick_store_app;

-- The same role under another session name is one caller. Of keys that two sessions had taken, the first stays.
insert into tick_store.idempotency_keys (scope, key, kind, number, payload_hash, request_id, created_at)
select regexp_replace(actor, '^(arn:aws[a-z-]*):sts::(\d+):assumed-role/([^/]+)/.*$', '\1:iam::\2:role/\3'),
       idempotency_key, kind, number, payload_hash, request_id, created_at
  from (select actor, idempotency_key, 'batch' as kind, block as number, payload_hash, request_id, created_at
          from tick_store.ingest_batches
        union all
        select actor, idempotency_key, 'operation', id, payload_hash, request_id, at
          from tick_store.operations) taken
 order by created_at
on conflict do nothing;

-- The ledger. A refused batch leaves a row without ticks, which is kept for a week. `touched_*` are the (instrument, day)
-- pairs that the batch may have changed, days counted from 1970-01-01: what derives from ticks follows by them.
alter table tick_store.ingest_batches
  alter column block drop identity,
  alter column payload_hash drop not null,
  alter column request_id drop not null,
  alter column min_time drop not null,
  alter column max_time drop not null,
  alter column receipt drop not null,
  add column key_scope text,
  add column status text not null default 'stored' check (status in ('stored', 'refused')),
  add column replaced integer not null default 0,
  add column bar_length smallint not null default 0,
  add column touched_instruments integer[],
  add column touched_days integer[],
  add column operation_id bigint,
  add column xid xid8,
  drop constraint ingest_batches_actor_idempotency_key_key,
  drop constraint ingest_batches_check,
  drop constraint ingest_batches_received_check;

alter table tick_store.ingest_batches
  alter column block set default nextval('tick_store.history_number'),
  alter column xid set default pg_current_xact_id(),
  add constraint ingest_batches_received_check check (received between 0 and 65536) not valid,
  add constraint ingest_batches_counts_check check (status = 'refused'
    or inserted + replaced + duplicates + conflicts + tombstoned + rejected = received and min_time is not null and max_time is not null) not valid;

-- Where the newest page of all instruments begins: the batches with the latest rows. One entry per batch.
create index ix_ingest_batches_min_time on tick_store.ingest_batches (target, bar_length, min_time) where status = 'stored';

grant update (replaced, operation_id, status) on tick_store.ingest_batches to tick_store_app;

-- Operations of any size run in committed steps; a correction belongs to a batch; a change is one of reference data.
alter table tick_store.operations
  alter column id drop identity,
  alter column reason drop not null,
  alter column payload_hash drop not null,
  alter column request_id drop not null,
  alter column selector drop not null,
  add column number bigint,
  add column key_scope text,
  add column status text not null default 'done' check (status in ('running', 'done', 'failed')),
  add column rows_total bigint,
  add column rows_done bigint,
  add column expected_count bigint,
  add column batch_id bigint,
  add column subject text,
  add column before jsonb,
  add column after jsonb,
  add column failure text,
  add column finished_at timestamptz,
  drop constraint operations_actor_idempotency_key_key,
  drop constraint operations_kind_check,
  drop constraint operations_target_check,
  drop constraint operations_reason_check;

alter table tick_store.operations disable trigger operation_is_final;

-- Operations before this release had numbers of their own: they come after the batches that had begun before them.
update tick_store.operations o
   set number = (select coalesce(max(b.block), 0) from tick_store.ingest_batches b where b.created_at <= o.at);

alter table tick_store.operations enable trigger operation_is_final;

alter table tick_store.operations
  alter column id set default nextval('tick_store.history_number'),
  alter column number set not null,
  add constraint operations_kind_check check (kind in ('deletion', 'restoration', 'correction', 'change')) not valid,
  add constraint operations_target_check check (target in ('market_data', 'alert_logs', 'instruments', 'alert_rules')) not valid,
  add constraint operations_reason_check check (kind = 'change' or length(reason) between 1 and 500) not valid;

create index ix_operations_number on tick_store.operations (target, number, id);

create index ix_operations_running on tick_store.operations (id) where status = 'running';

grant update (status, rows_total, rows_done, expected_count, failure, finished_at, batch_id, selector)
  on tick_store.operations to tick_store_app;

-- What a step of an operation touched, and the rows a large operation has yet to take: ids fixed when it starts.
alter table tick_store.operation_rows
  add column touched_instruments integer[],
  add column touched_days integer[],
  add column xid xid8;

alter table tick_store.operation_rows alter column xid set default pg_current_xact_id();

create table tick_store.operation_plans (
  operation_id bigint not null references tick_store.operations (id) on delete restrict,
  step         integer not null,
  ids          int8multirange not null,
  min_time     timestamptz not null,
  max_time     timestamptz not null,
  primary key (operation_id, step)
);

grant select, insert on tick_store.operation_plans to tick_store_app;

-- History is append-only, but for what is still under way, and for a receipt's details, which may go after a day.
create or replace function tick_store.refuse_rewrite() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if tg_table_name = 'ingest_batches' and (to_jsonb(new) ->> 'receipt') is null
     and to_jsonb(new) - 'receipt' = to_jsonb(old) - 'receipt' and (to_jsonb(old) ->> 'created_at')::timestamptz < now() - interval '1 day' then
    return new;
  end if;
  raise exception '% is append-only: a row is final once its transaction has committed', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

drop trigger operation_is_final on tick_store.operations;

create trigger operation_is_final before update on tick_store.operations for each row
  when (old.xmin <> pg_current_xact_id()::xid and old.status <> 'running') execute function tick_store.refuse_rewrite();

create or replace function tick_store.refuse_late_rows() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if not exists (select from tick_store.operations o
                  where o.id = new.operation_id and (o.xmin = pg_current_xact_id()::xid or o.status = 'running')) then
    raise exception '% is append-only: rows are noted in the transaction of their operation', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger plans_are_of_a_running_operation before insert on tick_store.operation_plans
  for each row execute function tick_store.refuse_late_rows();

create trigger operation_plans_stay before delete or truncate on tick_store.operation_plans
  for each statement execute function tick_store.refuse_removal();

-- Of the ledger only refused batches go, after a week; of the keys only those that have expired.
create function tick_store.refuse_early_removal() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if (tg_table_name = 'ingest_batches' and to_jsonb(old) ->> 'status' = 'refused' and old.created_at < now() - interval '7 days')
     or (tg_table_name = 'idempotency_keys' and old.created_at < now() - interval '1 day') then
    return old;
  end if;
  raise exception '% refuses %', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

drop trigger ingest_batches_stay on tick_store.ingest_batches;

create trigger ingest_batches_stay before truncate on tick_store.ingest_batches
  for each statement execute function tick_store.refuse_removal();

create trigger ingest_batches_stay_long before delete on tick_store.ingest_batches
  for each row execute function tick_store.refuse_early_removal();

create trigger idempotency_keys_stay before truncate on tick_store.idempotency_keys
  for each statement execute function tick_store.refuse_removal();

create trigger idempotency_keys_stay_long before delete on tick_store.idempotency_keys
  for each row execute function tick_store.refuse_early_removal();

-- Removes what has expired, at most 10,000 rows of each kind per call: keys after `key_days`, the details of receipts with them,
-- refused batches after a week. Runs as the owner, for the application may not delete.
create function tick_store.remove_expired(key_days integer) returns json language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  keys bigint;
  receipts bigint;
  refused bigint;
begin
  if key_days is null or key_days < 1 then
    raise exception 'keys are kept for a day at least' using errcode = 'invalid_parameter_value';
  end if;
  delete from tick_store.idempotency_keys k
   using (select scope, key from tick_store.idempotency_keys
           where created_at < now() - make_interval(days => key_days) limit 10000) old
   where k.scope = old.scope and k.key = old.key;
  get diagnostics keys = row_count;
  update tick_store.ingest_batches b
     set receipt = null
    from (select block from tick_store.ingest_batches
           where receipt is not null and status = 'stored' and created_at < now() - make_interval(days => key_days)
           order by block limit 10000) old
   where b.block = old.block;
  get diagnostics receipts = row_count;
  delete from tick_store.ingest_batches b
   using (select block from tick_store.ingest_batches
           where status = 'refused' and created_at < now() - interval '7 days' limit 10000) old
   where b.block = old.block;
  get diagnostics refused = row_count;
  return json_build_object('keys', keys, 'receipts', receipts, 'refused', refused);
end
$$;

revoke all on function tick_store.remove_expired(integer) from public;

grant execute on function tick_store.remove_expired(integer) to tick_store_app;
