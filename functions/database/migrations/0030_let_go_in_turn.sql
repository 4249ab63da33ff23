-- Letting go takes turns with what else changes partitions and roll-ups. Before, a day that was filled again while it was forgotten stayed
-- out of `coverage` and `bars`, letting alert logs go held up all ingest behind a backup, and a partition that had been detached
-- by hand ended every night's removal.

-- Periods of a table of which there is no partition, attached or not: what an operator has detached by hand still has its rows.
create or replace view tick_store.empty_periods as
  select parent, unnest(tstzmultirange(tstzrange('1970-01-01Z', 'infinity')) - range_agg(period)) as period
    from (select parent collate "default" as parent, tstzrange(starts, ends) as period from tick_store.partitions where not is_default
          union all
          select t.parent, tstzrange(begins at time zone 'UTC', (begins + t.width) at time zone 'UTC')
            from (values ('market_data', '^market_data_(\d{4})_(0[1-9]|1[0-2])$', 1, interval '1 month'),
                         ('alert_logs', '^alert_logs_(\d{4})_q([1-4])$', 3, interval '3 months')) t (parent, pattern, months, width)
            join pg_catalog.pg_class c on c.relname ~ t.pattern
             and c.relnamespace in ('tick_store'::regnamespace, 'tick_store_archive'::regnamespace)
           cross join lateral regexp_match(c.relname, t.pattern) part
           cross join lateral make_timestamp(part[1]::int, (part[2]::int - 1) * t.months + 1, 1, 0, 0, 0) begins) known
   group by parent;

-- As in 0028, and: no sweep marks a day meanwhile. DELETE finds a row by what was committed before it began, and removes the row
-- as it has become since: the mark of rows that came in between.
create or replace function tick_store.forget_days() returns void language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  perform from tick_store.rollup_state for update;
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

-- As in 0028, and: nobody brings the partition back meanwhile, and it waits a second at most for who reads it. A partition of alert logs
-- has foreign keys, so dropping it needs `instruments` and `alert_rules` alone, and all that comes after it waits too.
create or replace function tick_store.let_go(partition text) returns void language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp set lock_timeout = '30s' as $$
declare
  parent text := (select a.parent from tick_store.archived_partitions a where a.name = let_go.partition);
begin
  -- first, for it may be held for some seconds: nobody waits for it
  perform from tick_store.rollup_state for update;
  perform pg_catalog.set_config('lock_timeout', '1s', true);
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('tick_store.' || parent));
  if not exists (select from tick_store.archived_partitions a where a.name = let_go.partition) then
    raise exception '% is not an archived partition', partition using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table tick_store_archive.%I', partition);
  perform tick_store.forget_days();
end
$$;
