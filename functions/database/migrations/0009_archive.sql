-- Retention without removal. A partition older than what is kept is detached and moved here whole, with its rows, indexes and
-- name. Nothing in the service drops it or reads it; `ensure_partition` brings it back where a batch has rows for it, so there
-- is never a second partition of one month.
create schema tick_store_archive;

revoke all on schema tick_store_archive from public;

-- Every archived partition with its bounds, by its name: a catalog knows what is there, a list of ours would only think so.
create view tick_store.archived_partitions as
  select case when name like 'market%' then 'market_data' else 'alert_logs' end as parent, name, relation,
         begins at time zone 'UTC' as starts,
         (begins + case when name like 'market%' then interval '1 month' else interval '3 months' end) at time zone 'UTC' as ends
    from (select c.relname::text as name, c.oid as relation,
                 make_timestamp(substring(c.relname from '_(\d{4})_')::int,
                                coalesce(substring(c.relname from '_(0[1-9]|1[0-2])$')::int, substring(c.relname from '_q([1-4])$')::int * 3 - 2),
                                1, 0, 0, 0) as begins
            from pg_catalog.pg_class c
           where c.relnamespace = to_regnamespace('tick_store_archive') and c.relkind = 'r'
             and c.relname ~ '^(market_data_\d{4}_(0[1-9]|1[0-2])|alert_logs_\d{4}_q[1-4])$') a
   order by 1, 4;

grant select on tick_store.archived_partitions to tick_store_app;

-- As in 0006, and: an archived partition is attached again instead of making another, and each partition is born with a
-- check of its bounds, so that attaching it reads none of its rows.
create or replace function tick_store.ensure_partition(parent text, moment timestamptz) returns text language plpgsql
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
  if exists (select from pg_class where relnamespace = 'tick_store_archive'::regnamespace and relname = wanted.name) then
    execute format('alter table tick_store_archive.%I set schema tick_store', wanted.name);
  else
    -- ATTACH takes a lock on the parent that lets inserts go on, which CREATE TABLE … PARTITION OF would not.
    execute format('create table tick_store.%I (like tick_store.%I including defaults including constraints, constraint in_bounds check ("timestamp" >= %L and "timestamp" < %L))',
                   wanted.name, parent, wanted.starts, wanted.ends);
  end if;
  execute format('with strays as (delete from tick_store.%I where "timestamp" >= $1 and "timestamp" < $2 returning *) insert into tick_store.%I select * from strays',
                 parent || '_default', wanted.name) using wanted.starts, wanted.ends;
  execute format('alter table tick_store.%I attach partition tick_store.%I for values from (%L) to (%L)',
                 parent, wanted.name, wanted.starts, wanted.ends);
  return wanted.name;
end
$$;

-- Partitions that are there already get the check now; this reads their rows once.
do $$
declare
  existing record;
begin
  set local timezone = 'UTC';
  for existing in select * from tick_store.partitions where not is_default loop
    execute format('alter table tick_store.%I add constraint in_bounds check ("timestamp" >= %L and "timestamp" < %L)',
                   existing.name, existing.starts, existing.ends);
  end loop;
end
$$;

-- Archives the oldest partition that ended before the last `keep_months`; returns its name, or null where there is none. One
-- a call, so each in a transaction of its own. Runs as the owner, for the application may not do DDL; a year at least stays
-- whatever it asks for. Postgres detaches without this lock, CONCURRENTLY, only where there is no default partition, and
-- not in a function. All work on the table stands still while the lock is waited for, so that is short.
create function tick_store.archive_oldest(parent text, keep_months integer) returns text language plpgsql
  security definer set search_path = pg_catalog, tick_store set timezone = 'UTC' set lock_timeout = '1s' as $$
declare
  oldest text;
begin
  if parent is null or parent not in ('market_data', 'alert_logs') then
    raise exception 'no partitioned table %', parent using errcode = 'invalid_parameter_value';
  end if;
  if keep_months is null or keep_months < 12 then
    raise exception 'the last 12 months stay, at least' using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtext('tick_store.' || parent));
  select p.name into oldest
    from tick_store.partitions p
   where p.parent = archive_oldest.parent and not p.is_default and p.ends <= now() - make_interval(months => keep_months)
   order by p.starts
   limit 1;
  if oldest is null then
    return null;
  end if;
  execute format('alter table tick_store.%I detach partition tick_store.%I', parent, oldest);
  execute format('create or replace trigger rows_stay before delete or truncate on tick_store.%I for each statement execute function tick_store.refuse_removal()', oldest);
  execute format('comment on table tick_store.%I is %L', oldest, 'archived at ' || now());
  execute format('alter table tick_store.%I set schema tick_store_archive', oldest);
  return oldest;
end
$$;

revoke all on function tick_store.archive_oldest(text, integer) from public;

grant execute on function tick_store.archive_oldest(text, integer) to tick_store_app;

-- A batch whose writer still remembers the partition would fall into the default one, where a `sequence` that the archive has
-- would count as new. TS002 tells the writer to ask for the partition anew. Only rows without a partition come here.
create function tick_store.refuse_archived() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store as $$
declare
  partition text := tg_argv[0] || to_char(new."timestamp" at time zone 'UTC', tg_argv[1]);
begin
  if to_regclass('tick_store_archive.' || partition) is not null then
    raise exception 'partition % is archived', partition using errcode = 'TS002';
  end if;
  return new;
end
$$;

create trigger archived_elsewhere before insert on tick_store.market_data_default
  for each row execute function tick_store.refuse_archived('market_data_', 'YYYY_MM');

create trigger archived_elsewhere before insert on tick_store.alert_logs_default
  for each row execute function tick_store.refuse_archived('alert_logs_', 'YYYY"_q"Q');

-- The archived partitions that a deletion or restoration reaches into, or null. By ids only those it has not found count:
-- the ledger has their batch's time bounds, not their own. `selector` is as the operation notes it.
create function tick_store.archived_reach(of_table text, selector jsonb, missing int8multirange) returns text[] language plpgsql stable
  set search_path = pg_catalog, tick_store as $$
begin
  if not exists (select from tick_store.archived_partitions a where a.parent = of_table) then
    return null;
  end if;
  return (
    with reach (first, last) as (
      select (selector->'filter'->>'start')::timestamptz, (selector->'filter'->>'end')::timestamptz where selector ? 'filter'
      union all
      select r.min_time, r.max_time from tick_store.operation_rows r where r.operation_id = (selector->>'operationId')::int8
      union all
      select b.min_time, b.max_time from tick_store.ingest_batches b where b.block = (selector->>'batchId')::int8 and b.target = of_table
      union all
      select b.min_time, b.max_time
        from (select distinct block from unnest(missing) m cross join lateral generate_series(lower(m) / 65536, (upper(m) - 1) / 65536) block) i
        join tick_store.ingest_batches b on b.block = i.block and b.target = of_table
       where selector ? 'ids'
    )
    select array_agg(a.name order by a.name)
      from tick_store.archived_partitions a
     where a.parent = of_table and exists (select from reach where reach.first < a.ends and reach.last >= a.starts));
end
$$;

-- As in 0004; archived ticks keep their instrument too. Archived alert logs do by their own foreign keys.
create or replace function tick_store.check_instruments_unused() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store as $$
declare
  used integer;
  place text;
begin
  lock table tick_store.market_data in share row exclusive mode;
  for place in
    select 'tick_store.market_data' union all
    select format('tick_store_archive.%I', a.name) from tick_store.archived_partitions a where a.parent = 'market_data'
  loop
    execute format('select o.id from old_rows o where exists (select from %s m where m.instrument_id = o.id) limit 1', place) into used;
    if used is not null then
      raise exception 'instrument % has ticks', used
        using errcode = 'foreign_key_violation', constraint = 'market_data_instrument_id_fkey', table = 'instruments';
    end if;
  end loop;
  return null;
end
$$;
