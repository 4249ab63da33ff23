-- The partition that holds a moment: a month of market_data, a quarter of alert_logs, both in UTC.
create function tick_store.partition_for(parent text, moment timestamptz)
  returns table (name text, starts timestamptz, ends timestamptz) language sql stable
  set search_path = pg_catalog, tick_store set timezone = 'UTC' as $$
  select case parent
           when 'market_data' then 'market_data_' || to_char(starts, 'YYYY_MM')
           when 'alert_logs' then 'alert_logs_' || to_char(starts, 'YYYY') || '_q' || to_char(starts, 'Q')
         end, starts, starts + width
    from (select case parent when 'market_data' then interval '1 month' when 'alert_logs' then interval '3 months' end as width,
                 date_trunc(case parent when 'market_data' then 'month' when 'alert_logs' then 'quarter' end, moment) as starts) p
$$;

-- Makes the partition that holds `moment` unless it exists, and moves rows that fell into the default partition into it.
-- Returns the partition's name where it was made, null where it stood. Safe against two at once. Runs as the owner, so
-- that the application can back-fill any year without the right to do DDL; 1970 and two years from now are its bounds.
create function tick_store.ensure_partition(parent text, moment timestamptz) returns text language plpgsql
  security definer set search_path = pg_catalog, tick_store set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  wanted record;
  has_strays boolean;
begin
  if parent is null or parent not in ('market_data', 'alert_logs') then
    raise exception 'no partitioned table %', parent using errcode = 'invalid_parameter_value';
  end if;
  if moment is null or moment < '1970-01-01' or moment > now() + interval '2 years' then
    raise exception 'no partition is made for %', moment using errcode = 'invalid_parameter_value';
  end if;
  select * into wanted from tick_store.partition_for(parent, moment);
  if to_regclass('tick_store.' || wanted.name) is not null then
    return null;
  end if;
  -- One at a time a table, not a partition: two that make different months would each hold the default partition, which
  -- the other must have alone, and deadlock.
  perform pg_advisory_xact_lock(hashtext('tick_store.' || parent));
  -- to_regclass would answer from a cache that waiting for an advisory lock does not refresh
  if exists (select from pg_class where relnamespace = 'tick_store'::regnamespace and relname = wanted.name) then
    return null;
  end if;
  execute format('select exists (select from tick_store.%I where "timestamp" >= $1 and "timestamp" < $2)', parent || '_default')
     into has_strays using wanted.starts, wanted.ends;
  if has_strays then
    -- A statement that was planned before ATTACH would wait for the default partition and then find its rows gone. Waiting
    -- for the parent comes before planning, so it will know the new partition.
    execute format('lock table tick_store.%I in access exclusive mode', parent);
  end if;
  -- ATTACH takes a lock on the parent that lets inserts go on, which CREATE TABLE … PARTITION OF would not.
  execute format('create table tick_store.%I (like tick_store.%I including defaults including constraints)', wanted.name, parent);
  execute format('with strays as (delete from tick_store.%I where "timestamp" >= $1 and "timestamp" < $2 returning *) insert into tick_store.%I select * from strays',
                 parent || '_default', wanted.name) using wanted.starts, wanted.ends;
  execute format('alter table tick_store.%I attach partition tick_store.%I for values from (%L) to (%L)',
                 parent, wanted.name, wanted.starts, wanted.ends);
  return wanted.name;
end
$$;

revoke all on function tick_store.ensure_partition(text, timestamptz) from public;

grant execute on function tick_store.ensure_partition(text, timestamptz) to tick_store_app;

-- A moment in each month or quarter of which the default partition holds rows; the application cannot read a partition.
create function tick_store.stray_moments(parent text) returns setof timestamptz language plpgsql stable
  security definer set search_path = pg_catalog, tick_store set timezone = 'UTC' as $$
begin
  if parent is null or parent not in ('market_data', 'alert_logs') then
    raise exception 'no partitioned table %', parent using errcode = 'invalid_parameter_value';
  end if;
  return query execute format(
    'select distinct p.starts from tick_store.%I d cross join lateral tick_store.partition_for(%L, d."timestamp") p',
    parent || '_default', parent);
end
$$;

revoke all on function tick_store.stray_moments(text) from public;

grant execute on function tick_store.stray_moments(text) to tick_store_app;

-- Every partition with its bounds, oldest first; the default one has none.
create view tick_store.partitions as
  select parent.relname::text as parent, child.relname::text as name, child.oid as relation,
         (regexp_match(bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz as starts,
         (regexp_match(bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz as ends,
         bound = 'DEFAULT' as is_default
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class parent on parent.oid = i.inhparent and parent.relkind = 'p'
    join pg_catalog.pg_class child on child.oid = i.inhrelid
    cross join lateral pg_catalog.pg_get_expr(child.relpartbound, child.oid) bound
   where parent.relnamespace = 'tick_store'::regnamespace
   order by 1, 4 nulls last;

grant select on tick_store.partitions to tick_store_app;

-- The first partitions: this month or quarter, and those ahead.
select tick_store.ensure_partition('market_data', now() + make_interval(months => m)) from generate_series(0, 2) m;

select tick_store.ensure_partition('alert_logs', now() + make_interval(months => 3 * q)) from generate_series(0, 1) q;
