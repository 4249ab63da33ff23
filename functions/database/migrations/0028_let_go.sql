-- What was kept because of rows goes with them. Once an archived partition has been let go, nothing is left to read of its days, and of
-- batches that had rows in no other partition. Before, roll-ups went on showing the rows, and the ledger kept their batches for ever.

-- Periods of a table without a partition, archived ones included: no row is there.
create view tick_store.empty_periods as
  select parent, unnest(tstzmultirange(tstzrange('1970-01-01Z', 'infinity')) - coalesce(range_agg(period), '{}')) as period
    from (select t.parent, tstzrange(p.starts, p.ends) as period
            from (values ('market_data'), ('alert_logs')) t (parent)
            left join (select parent, starts, ends from tick_store.partitions where not is_default
                       union all
                       select parent, starts, ends from tick_store.archived_partitions) p using (parent)) known
   group by parent;

-- Whether all rows of a period have been let go. For one ledger row: names are looked up, which is quicker than the view.
create function tick_store.is_let_go(of_table text, first timestamptz, last timestamptz) returns boolean language sql stable
  set search_path = pg_catalog, tick_store, pg_temp set timezone = 'UTC' as $$
  select not exists (
    select from generate_series(date_trunc('month', first), last, interval '1 month') moment
     cross join lateral tick_store.partition_for(of_table, moment) p
      join pg_catalog.pg_class c on c.relname = p.name
       and c.relnamespace in ('tick_store'::regnamespace, 'tick_store_archive'::regnamespace))
$$;

-- Roll-ups of days without a partition.
create function tick_store.forget_days() returns void language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  with gone as materialized (
    select floor(extract(epoch from lower(period)) / 86400)::int4 as first_day,
           case when upper(period) = 'infinity' then 2147483647 else floor(extract(epoch from upper(period)) / 86400)::int4 end as end_day
      from tick_store.empty_periods
     where parent = 'market_data'
  ), days as (
    delete from tick_store.rollup_days d using gone where d.day >= gone.first_day and d.day < gone.end_day
    returning d.instrument_id, d.day
  ), counts as (
    delete from tick_store.day_counts c using days where c.instrument_id = days.instrument_id and c.day = days.day
  )
  delete from tick_store.day_bars b using days where b.instrument_id = days.instrument_id and b.day = days.day;
end
$$;

-- For the owner, on purpose: drops an archived partition. There is no way back but a dump. Its batches go from the ledger in the nights
-- after their keys have expired; operations stay.
create function tick_store.let_go(partition text) returns void language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if not exists (select from tick_store.archived_partitions a where a.name = let_go.partition) then
    raise exception '% is not an archived partition', partition using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table tick_store_archive.%I', partition);
  perform tick_store.forget_days();
end
$$;

revoke all on function tick_store.is_let_go(text, timestamptz, timestamptz), tick_store.forget_days(), tick_store.let_go(text) from public;

-- As in 0012, and: a batch whose receipt has expired and whose rows have all been let go.
create or replace function tick_store.refuse_early_removal() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if tg_table_name = 'idempotency_keys' and old.created_at < now() - interval '1 day' then
    return old;
  end if;
  if tg_table_name = 'ingest_batches' then
    if to_jsonb(old) ->> 'status' = 'refused' and old.created_at < now() - interval '7 days' then
      return old;
    end if;
    if to_jsonb(old) ->> 'receipt' is null and old.created_at < now() - interval '1 day'
       and tick_store.is_let_go(old.target, old.min_time, old.max_time) then
      return old;
    end if;
  end if;
  raise exception '% refuses %', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

-- As in 0023, and `gone`: batches without receipt whose rows have all been let go. It looks for them in the same statement that removes
-- them, so that a partition that is made meanwhile is seen together with its rows.
create or replace function tick_store.remove_expired(key_days integer) returns json language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  expired timestamptz := now() - make_interval(days => key_days);
  keys bigint;
  batches bigint;
  operations bigint;
  refused bigint;
  gone bigint := 0;
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
  -- last, for it looks at every day
  if greatest(keys, batches, operations, refused) < 10000 then
    perform tick_store.forget_days();
    delete from tick_store.ingest_batches b
     using (select e.block
              from tick_store.empty_periods p
              join tick_store.ingest_batches e on e.target = p.parent and e.min_time >= lower(p.period) and e.max_time < upper(p.period)
             where e.status = 'stored' and e.receipt is null and e.created_at < expired
             limit 10000) old
     where b.block = old.block;
    get diagnostics gone = row_count;
  end if;
  return json_build_object('keys', keys, 'receipts', batches + operations, 'refused', refused, 'gone', gone);
end
$$;
