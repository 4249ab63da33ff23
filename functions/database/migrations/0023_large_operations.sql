-- Operations of more rows than one transaction takes. `stepwise`: it runs in committed steps. Its set of rows is fixed when it starts:
-- rows of the batches that `snapshot` sees, in the state that they had at its number. `operation_plans` gets their ids, slice by slice
-- (`planned_through` a time of a filter, `planned_steps` the steps of an operation that is undone), and then each step takes one plan.
alter table tick_store.operations
  add column requested bigint,
  add column unchanged bigint,
  add column not_found bigint,
  add column stepwise boolean not null default false,
  add column snapshot pg_snapshot,
  -- bounds of the timestamps that it can reach
  add column reach_from timestamptz,
  add column reach_to timestamptz,
  add column planned boolean not null default true,
  add column planned_through timestamptz,
  add column planned_steps integer not null default 0,
  add column steps integer not null default 0,
  add column next_step integer not null default 0;

grant update (requested, unchanged, not_found, planned, planned_through, planned_steps, steps, next_step) on tick_store.operations to tick_store_app;

-- History is append-only, but for what is still under way, and for the text of a receipt, which may go after a day: its counts stay in
-- columns, and which rows in `operation_rows`.
create or replace function tick_store.refuse_rewrite() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  written_at timestamptz;
begin
  if tg_table_name in ('ingest_batches', 'operations') then
    written_at := coalesce(to_jsonb(old) ->> 'created_at', to_jsonb(old) ->> 'at')::timestamptz;
    if (to_jsonb(new) ->> 'receipt') is null and to_jsonb(new) - 'receipt' = to_jsonb(old) - 'receipt'
       and written_at < now() - interval '1 day' then
      return new;
    end if;
  end if;
  raise exception '% is append-only: a row is final once its transaction has committed', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

-- Removes what has expired, at most 10,000 rows of each kind per call: keys after `key_days`; the texts of receipts whose keys are gone;
-- refused batches after a week. Runs as the owner, for the application may not delete.
create or replace function tick_store.remove_expired(key_days integer) returns json language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  expired timestamptz := now() - make_interval(days => key_days);
  keys bigint;
  batches bigint;
  operations bigint;
  refused bigint;
begin
  if key_days is null or key_days < 1 then
    raise exception 'keys are kept for a day at least' using errcode = 'invalid_parameter_value';
  end if;
  delete from tick_store.idempotency_keys k
   using (select scope, key from tick_store.idempotency_keys where created_at < expired limit 10000) old
   where k.scope = old.scope and k.key = old.key;
  get diagnostics keys = row_count;
  update tick_store.ingest_batches b
     set receipt = null
    from (select block from tick_store.ingest_batches e
           where e.receipt is not null and e.status = 'stored' and e.created_at < expired
             and not exists (select from tick_store.idempotency_keys k where k.scope = e.key_scope and k.key = e.idempotency_key and k.number = e.block)
           order by block limit 10000) old
   where b.block = old.block;
  get diagnostics batches = row_count;
  update tick_store.operations o
     set receipt = null
    from (select id from tick_store.operations e
           where e.receipt is not null and e.requested is not null and e.status <> 'running' and e.at < expired
             and not exists (select from tick_store.idempotency_keys k where k.scope = e.key_scope and k.key = e.idempotency_key and k.number = e.id)
           order by id limit 10000) old
   where o.id = old.id;
  get diagnostics operations = row_count;
  delete from tick_store.ingest_batches b
   using (select block from tick_store.ingest_batches
           where status = 'refused' and created_at < now() - interval '7 days' limit 10000) old
   where b.block = old.block;
  get diagnostics refused = row_count;
  return json_build_object('keys', keys, 'receipts', batches + operations, 'refused', refused);
end
$$;
