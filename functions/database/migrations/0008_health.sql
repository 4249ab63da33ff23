-- What each run of the health probe found. `counters` are the raw cumulative numbers that the next sample subtracts.
create table tick_store.health_samples (
  id       bigint generated always as identity primary key,
  taken_at timestamptz not null,
  status   text not null check (status in ('healthy', 'warning', 'critical')),
  alerts   jsonb not null,
  sample   jsonb not null,
  counters jsonb not null
);

grant select, insert on tick_store.health_samples to tick_store_app;

-- Keeps the newest 1,000. The application cannot delete, so the table trims itself, with the owner's rights.
create function tick_store.trim_health_samples() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store as $$
begin
  delete from tick_store.health_samples
   where id < (select s.id from tick_store.health_samples s order by s.id desc offset 999 limit 1);
  return null;
end
$$;

create trigger keep_newest after insert on tick_store.health_samples
  for each statement execute function tick_store.trim_health_samples();

-- The probe must see everybody's sessions, not only its own role's. Where the owner may not grant it the migration goes
-- on, and the probe reports null for what it cannot see.
do $$
begin
  grant pg_monitor to tick_store_app;
exception when insufficient_privilege then
  raise warning 'pg_monitor could not be granted to tick_store_app: the health probe sees its own sessions only';
end
$$;

-- Rows in a default partition, counted up to a million; the application cannot read a partition. Null where the table is
-- locked: the probe must tell of a lock, not wait for it.
create function tick_store.default_partition_rows(parent text) returns bigint language plpgsql stable
  security definer set search_path = pg_catalog, tick_store set lock_timeout = '200ms' as $$
declare
  found bigint;
begin
  if parent is null or parent not in ('market_data', 'alert_logs') then
    raise exception 'no partitioned table %', parent using errcode = 'invalid_parameter_value';
  end if;
  execute format('select count(*) from (select from tick_store.%I limit 1000000) d', parent || '_default') into found;
  return found;
exception when lock_not_available then
  return null;
end
$$;

revoke all on function tick_store.default_partition_rows(text) from public;

grant execute on function tick_store.default_partition_rows(text) to tick_store_app;

-- What the calling role's statements on our tables have cost: [[hash of the text, calls, milliseconds, rows], …] and
-- since when, or null where pg_stat_statements is not installed, not loaded or not readable. The hash leaves out what
-- pg_stat_statements rewrites (constants and placeholders); health/statement-types.ts makes the same of our own texts.
create function tick_store.statement_statistics() returns json language plpgsql stable as $$
declare
  home text;
  found json;
begin
  select n.nspname into home from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   where e.extname = 'pg_stat_statements';
  if home is null then
    return null;
  end if;
  execute format($q$
    select json_build_object(
      'reset', (select stats_reset from %1$I.pg_stat_statements_info),
      'statements', coalesce((
        select json_agg(json_build_array(hash, calls, ms, rows))
          from (select left(md5(regexp_replace(lower(query), '''[^'']*''|\$[0-9]+|\m[0-9]+\M|\m(null|true|false)\M|\s+', '', 'g')), 12) as hash,
                       sum(calls) as calls, sum(total_exec_time) as ms, sum(rows) as rows
                  from %1$I.pg_stat_statements
                 where userid = current_user::regrole and toplevel
                   and dbid = (select oid from pg_catalog.pg_database where datname = current_database())
                   and query like '%%tick_store.%%'
                 group by 1) s), '[]'))
  $q$, home) into found;
  return found;
exception when others then
  return null;
end
$$;

-- Bytes that all backends have asked the operating system to read and write, or null before PostgreSQL 16.
create function tick_store.io_statistics() returns json language plpgsql stable as $$
declare
  found json;
begin
  execute format($q$
    select json_build_object('reset', max(stats_reset), 'readBytes', sum(%s), 'writtenBytes', sum(%s)) from pg_catalog.pg_stat_io
  $q$, case when current_setting('server_version_num')::int >= 180000 then 'read_bytes' else 'reads * op_bytes' end,
       case when current_setting('server_version_num')::int >= 180000 then 'write_bytes' else 'writes * op_bytes' end) into found;
  return found;
exception when others then
  return null;
end
$$;
