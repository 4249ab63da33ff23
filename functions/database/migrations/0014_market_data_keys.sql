-- The key of a row. `bar_length`: 0 for a tick, else a bar of the n-th length of `tick_store.bar_lengths`. `occurrence`: its place among the
-- rows of one key, where the feed numbers packets and not ticks. `revision`: how often the row of this key was replaced before.
-- `superseded`: a correction has replaced this row. Defaults that are constant rewrite nothing.
alter table tick_store.market_data
  add column bar_length smallint not null default 0,
  add column revision smallint not null default 0,
  add column occurrence integer not null default 0,
  add column superseded boolean;

create table tick_store.bar_lengths (
  bar_length smallint primary key,
  name       text not null unique,
  seconds    integer not null unique
);

insert into tick_store.bar_lengths (bar_length, name, seconds)
values (1, '1s', 1), (2, '1m', 60), (3, '5m', 300), (4, '15m', 900), (5, '30m', 1800), (6, '1h', 3600), (7, '4h', 14400), (8, '1d', 86400),
       (9, '1w', 604800);

grant select on tick_store.bar_lengths to tick_store_app;

-- A correction marks the row that it replaces.
grant update (superseded) on tick_store.market_data to tick_store_app;

-- The foreign key to instruments is checked by the ledger's statement, once per batch (functions/ledger/sql/batch-ledger.ts). As a trigger
-- with a transition table it made COPY insert row by row.
drop trigger instruments_exist on tick_store.market_data;

drop function tick_store.check_instruments_exist();

-- The other side. The lock waits for the batches under way, whose rows it then sees, and holds off new ones until this
-- transaction ends: a batch takes its lock on the ledger before it looks at the instruments.
create or replace function tick_store.check_instruments_unused() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  used integer;
  place text;
begin
  lock table tick_store.ingest_batches in share row exclusive mode;
  for place in
    select 'tick_store.market_data' union all
    select format('tick_store_archive.%I', a.name) from tick_store.archived_partitions a where a.parent = 'market_data'
  loop
    execute format('select o.id from old_rows o where exists (select from %1$s m where m.instrument_id = o.id and m.bar_length = 0)
                        or exists (select from %1$s m where m.instrument_id = o.id and m.bar_length > 0) limit 1', place) into used;
    if used is not null then
      raise exception 'instrument % has ticks', used
        using errcode = 'foreign_key_violation', constraint = 'market_data_instrument_id_fkey', table = 'instruments';
    end if;
  end loop;
  return null;
end
$$;

-- The default partitions are empty now, and go: they kept ATTACH waiting for whoever held them, and reads from an ordered Append.
do $$
declare
  parent text;
  strays boolean;
begin
  foreach parent in array array['market_data', 'alert_logs'] loop
    execute format('lock table tick_store.%I in access exclusive mode', parent);
    execute format('select exists (select from tick_store.%I)', parent || '_default') into strays;
    if strays then
      raise exception 'rows have come into %_default meanwhile: run the migration again', parent;
    end if;
    execute format('alter table tick_store.%I detach partition tick_store.%I', parent, parent || '_default');
    execute format('drop table tick_store.%I', parent || '_default');
  end loop;
end
$$;

drop function tick_store.ensure_partition(text, timestamptz);

drop function tick_store.stray_moments(text);

drop function tick_store.default_partition_rows(text);

drop function tick_store.refuse_archived();

-- Makes the partitions that hold these moments, all in one call, and returns the names of those it made. An archived one comes back
-- instead of a second of its month. Safe against two at once. ATTACH lets reads, inserts and pg_dump go on.
create function tick_store.ensure_partitions(parent text, moments timestamptz[]) returns text[] language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  wanted record;
  made text[] := '{}';
begin
  if parent is null or parent not in ('market_data', 'alert_logs') then
    raise exception 'no partitioned table %', parent using errcode = 'invalid_parameter_value';
  end if;
  if exists (select from unnest(moments) moment where moment is null or moment < '1970-01-01' or moment > now() + interval '2 years') then
    raise exception 'no partition is made before 1970 or for later than two years from now' using errcode = 'invalid_parameter_value';
  end if;
  -- most calls find them all, and wait for nobody
  if not exists (select from unnest(moments) moment cross join lateral tick_store.partition_for(parent, moment) p
                  where not exists (select from pg_catalog.pg_class where relnamespace = 'tick_store'::regnamespace and relname = p.name)) then
    return made;
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('tick_store.' || parent));
  for wanted in
    select distinct p.* from unnest(moments) moment cross join lateral tick_store.partition_for(parent, moment) p order by p.starts
  loop
    -- the catalog and not to_regclass, which would answer from a cache that waiting for an advisory lock does not refresh
    continue when exists (select from pg_catalog.pg_class where relnamespace = 'tick_store'::regnamespace and relname = wanted.name);
    if exists (select from pg_catalog.pg_class where relnamespace = to_regnamespace('tick_store_archive') and relname = wanted.name) then
      execute format('alter table tick_store_archive.%I set schema tick_store', wanted.name);
    else
      execute format('create table tick_store.%I (like tick_store.%I including defaults including constraints, constraint in_bounds check ("timestamp" >= %L and "timestamp" < %L))',
                     wanted.name, parent, wanted.starts, wanted.ends);
    end if;
    execute format('alter table tick_store.%I attach partition tick_store.%I for values from (%L) to (%L)',
                   parent, wanted.name, wanted.starts, wanted.ends);
    made := made || wanted.name::text;
  end loop;
  return made;
end
$$;

revoke all on function tick_store.ensure_partitions(text, timestamptz[]) from public;

grant execute on function tick_store.ensure_partitions(text, timestamptz[]) to tick_store_app;

-- The new indexes, on the parent only: the next migration makes them on one partition per transaction. The order of the columns
-- is that of reads: (timestamp, sequence with nulls first).
create unique index ux_market_data_tick on only tick_store.market_data (instrument_id, "timestamp", sequence nulls first, occurrence, revision)
  where bar_length = 0;

create unique index ux_market_data_bar on only tick_store.market_data (instrument_id, bar_length, "timestamp", revision) where bar_length > 0;

-- At most one revision of a key is live. Only rows of keys that were corrected are here.
create unique index ux_market_data_live_tick on only tick_store.market_data (instrument_id, "timestamp", sequence, occurrence)
  where bar_length = 0 and deleted_at is null and (revision > 0 or superseded);

create unique index ux_market_data_live_bar on only tick_store.market_data (instrument_id, bar_length, "timestamp")
  where bar_length > 0 and deleted_at is null and (revision > 0 or superseded);

-- A batch lies together, so a few pages hold an id or a moment.
create index ix_market_data_id on only tick_store.market_data using brin (id) with (pages_per_range = 16);

create index ix_market_data_timestamp on only tick_store.market_data using brin ("timestamp") with (pages_per_range = 16);

-- Makes the indexes that a partition lacks, on the first partition that lacks any; false where none does.
create function tick_store.index_next_partition() returns boolean language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  missing record;
  partition oid;
  child text;
begin
  for missing in
    select c.oid as relation, c.relname as partition, x.indexrelid, ic.relname as index
      from pg_catalog.pg_inherits i
      join pg_catalog.pg_class c on c.oid = i.inhrelid
     cross join pg_catalog.pg_index x
      join pg_catalog.pg_class ic on ic.oid = x.indexrelid
     where i.inhparent = 'tick_store.market_data'::regclass and x.indrelid = i.inhparent
       and not exists (select from pg_catalog.pg_inherits ci join pg_catalog.pg_index cx on cx.indexrelid = ci.inhrelid
                        where ci.inhparent = x.indexrelid and cx.indrelid = c.oid)
     order by c.relname, ic.relname
  loop
    exit when partition is not null and partition <> missing.relation;
    partition := missing.relation;
    child := replace(missing.index, 'market_data', missing.partition);
    execute replace(replace(pg_get_indexdef(missing.indexrelid), ' ON ONLY tick_store.market_data ', format(' ON tick_store.%I ', missing.partition)),
                    format(' INDEX %I ON ', missing.index), format(' INDEX %I ON ', child));
    execute format('alter index tick_store.%I attach partition tick_store.%I', missing.index, child);
  end loop;
  return partition is not null;
end
$$;
