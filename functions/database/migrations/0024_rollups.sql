-- What derives from rows: counts and bars per day. They are never the truth. A batch and a step of an operation note the (instrument, day)s
-- that they touch in their own ledger row, which makes no writer wait for another. A roll-up keeps the snapshot that it was made in, and
-- counts for a reader only where that snapshot sees every transaction that touched the day and that the reader sees. So a refresh that
-- dies, two at once, or a writer in between cost time, never a wrong answer.

-- The ledgers by transaction: what came after a snapshot.
create index ix_ingest_batches_xid on tick_store.ingest_batches (xid);

create index ix_operation_rows_xid on tick_store.operation_rows (xid);

-- A change whose days are not noted would leave a roll-up that looks right. Rows from before release 0.2.0 have no transaction.
alter table tick_store.ingest_batches add constraint ingest_batches_touched_check
  check (xid is null or status = 'refused' or target = 'alert_logs' or touched_instruments is not null and touched_days is not null) not valid;

alter table tick_store.operation_rows add constraint operation_rows_touched_check
  check (xid is null or affected = '{}' or touched_instruments is not null and touched_days is not null) not valid;

-- Ledger rows of transactions that `swept` sees have marked their days in rollup_days. Rows numbered up to `after_number` came
-- from another server, whose transactions cannot be compared.
create table tick_store.rollup_state (
  only_row     boolean primary key default true check (only_row),
  swept        pg_snapshot not null,
  after_number bigint not null default 0
);

-- Every (instrument, day) that was ever touched, days counted from 1970-01-01. `marked`: the snapshot of the sweep that found the latest
-- change. `counted`: the snapshot of day_counts. `weight`: about how many rows. `count_due`, `bars_due`: what the schedule has
-- yet to look at. Only the snapshots decide what is right; the other columns save work.
create table tick_store.rollup_days (
  instrument_id integer not null,
  day           integer not null,
  marked        pg_snapshot not null,
  marked_at     timestamptz not null,
  weight        real not null,
  counted       pg_snapshot,
  counted_at    timestamptz,
  count_due     boolean not null default true,
  bars_due      boolean not null default true,
  primary key (instrument_id, day)
) with (fillfactor = 80);

create index ix_rollup_days_count_due on tick_store.rollup_days (marked_at) where count_due;

create index ix_rollup_days_bars_due on tick_store.rollup_days (marked_at) where bars_due;

create table tick_store.day_counts (
  instrument_id integer not null,
  day           integer not null,
  bar_length    smallint not null,
  rows          integer not null,
  deleted       integer not null,
  with_sequence integer not null,
  first_at      timestamptz,
  last_at       timestamptz,
  primary key (instrument_id, day, bar_length)
);

-- Bars of one day, of `seconds` each (60, 900, 86400), as arrays in the order of `parts`, the place of a bar in its day from 0.
-- `turnover` is the sum of value * volume.
create table tick_store.day_bars (
  instrument_id integer not null,
  bar_length    smallint not null,
  of            text not null check (of in ('price', 'mid', 'bid', 'ask')),
  seconds       integer not null check (seconds in (60, 900, 86400)),
  day           integer not null,
  made          pg_snapshot not null,
  made_at       timestamptz not null,
  parts         smallint[] not null,
  open          float8[] not null,
  high          float8[] not null,
  low           float8[] not null,
  close         float8[] not null,
  volume        float8[] not null,
  turnover      float8[] not null,
  counts        integer[] not null,
  primary key (instrument_id, bar_length, of, seconds, day)
);

grant select on tick_store.rollup_state, tick_store.rollup_days, tick_store.day_counts, tick_store.day_bars to tick_store_app;

-- Whether all that `earlier` sees, `later` sees too.
create function tick_store.sees_all(later pg_snapshot, earlier pg_snapshot) returns boolean language sql immutable
  set search_path = pg_catalog, tick_store, pg_temp as $$
  select pg_snapshot_xmin(later) >= pg_snapshot_xmax(earlier)
      or pg_snapshot_xmax(later) >= pg_snapshot_xmax(earlier)
         and not exists (select from pg_snapshot_xip(later) x where pg_visible_in_snapshot(x, earlier))
$$;

-- Marks the days of what the ledgers have noted since the last sweep: of about `max_pairs` (instrument, day)s, the transactions that
-- began first. Returns whether there is more. The caller holds the row of rollup_state.
create function tick_store.mark_days(max_pairs integer) returns boolean language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  state tick_store.rollup_state;
  has_more boolean;
begin
  select * into state from tick_store.rollup_state;
  if pg_snapshot_xmax(state.swept) > pg_snapshot_xmax(pg_current_snapshot()) then
    -- restored from a dump into a server that counts its transactions anew: nothing that was made before can be compared
    update tick_store.rollup_state
       set swept = pg_current_snapshot(),
           after_number = greatest(after_number,
             (select max(block) from tick_store.ingest_batches where xid >= pg_snapshot_xmax(pg_current_snapshot())),
             (select max(operation_id) from tick_store.operation_rows where xid >= pg_snapshot_xmax(pg_current_snapshot())))
    returning * into state;
    delete from tick_store.day_bars;
    update tick_store.rollup_days set marked = state.swept, counted = null, count_due = true, bars_due = true;
    -- days that were first touched since the restore
    insert into tick_store.rollup_days (instrument_id, day, marked, marked_at, weight)
    select t.instrument_id, t.day, state.swept, now(), sum(b.inserted::real / greatest(cardinality(b.touched_days), 1))
      from tick_store.ingest_batches b, unnest(b.touched_instruments, b.touched_days) as t (instrument_id, day)
     where b.target = 'market_data'
     group by t.instrument_id, t.day
    on conflict (instrument_id, day) do nothing;
    return true;
  end if;
  with changes as materialized (
    select xid, touched_instruments as instruments, touched_days as days, inserted::real / greatest(cardinality(touched_days), 1) as weight
      from tick_store.ingest_batches
     where target = 'market_data' and xid >= pg_snapshot_xmin(state.swept) and not pg_visible_in_snapshot(xid, state.swept)
       and block > state.after_number and touched_days is not null
    union all
    select r.xid, r.touched_instruments, r.touched_days, 0
      from tick_store.operation_rows r
      join tick_store.operations o on o.id = r.operation_id and o.target = 'market_data'
     where r.xid >= pg_snapshot_xmin(state.swept) and not pg_visible_in_snapshot(r.xid, state.swept)
       and r.operation_id > state.after_number and r.touched_days is not null
  ), cut as (
    select min(xid) as at
      from (select xid, sum(cardinality(days)) over (order by xid) as pairs, min(xid) over () as first from changes) counted
     where pairs > max_pairs and xid > first
  ), seen as materialized (
    -- what is cut off is as if it were still running
    select cut.at,
           case when cut.at is null then present
                else (least(pg_snapshot_xmin(present), cut.at) || ':' || least(pg_snapshot_xmax(present), cut.at) || ':'
                      || coalesce((select string_agg(x::text, ',' order by x) from pg_snapshot_xip(present) x where x < cut.at), ''))::pg_snapshot
            end as snapshot
      from cut, pg_current_snapshot() present
     where exists (select from changes)
  ), marked as (
    insert into tick_store.rollup_days as d (instrument_id, day, marked, marked_at, weight)
    select t.instrument_id, t.day, (select snapshot from seen), now(), sum(c.weight)
      from seen, changes c, unnest(c.instruments, c.days) as t (instrument_id, day)
     where seen.at is null or c.xid < seen.at
     group by t.instrument_id, t.day
     order by t.instrument_id, t.day
    on conflict (instrument_id, day) do update
       set marked = excluded.marked, marked_at = excluded.marked_at, weight = d.weight + excluded.weight,
           count_due = true, bars_due = true
  )
  update tick_store.rollup_state s set swept = seen.snapshot from seen
  returning seen.at is not null into has_more;
  return coalesce(has_more, false);
end
$$;

revoke all on function tick_store.mark_days(integer) from public;

-- Takes the row of rollup_state until the transaction ends, and marks. One at a time, so that no two wait for each other's rows:
-- false where another transaction has it.
create function tick_store.sweep_marks(max_pairs integer) returns boolean language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  perform from tick_store.rollup_state for update skip locked;
  return found and tick_store.mark_days(max_pairs) is not null;
end
$$;

revoke all on function tick_store.sweep_marks(integer) from public;

-- Whether a day is in a partition that is archived: no read sees its rows then. Where a roll-up is made, its transaction holds a lock
-- on market_data, so that it stays so.
create function tick_store.is_archived_day(of_day integer) returns boolean language sql stable
  set search_path = pg_catalog, tick_store, pg_temp as $$
  select exists (select from tick_store.archived_partitions a
                  where a.parent = 'market_data' and a.starts <= timestamptz '1970-01-01Z' + of_day * interval '24 hours'
                    and a.ends > timestamptz '1970-01-01Z' + of_day * interval '24 hours')
$$;

-- Sweeps, and counts days that are due, the longest unchanged first: those of one instrument, or of all where it is null, that have not
-- changed for `quiet`; at most so many days, of about so many rows. A day that was counted within the last half minute waits, because it
-- is being written to. Returns how many days.
create function tick_store.refresh_counts(of_instrument integer, quiet interval, max_days integer, max_rows real) returns integer language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  refreshed integer;
begin
  if not tick_store.sweep_marks(100000) then
    return 0;
  end if;
  lock table tick_store.market_data in access share mode;
  with due as materialized (
    select instrument_id, day, timestamptz '1970-01-01Z' + day * interval '24 hours' as starts
      from (select instrument_id, day, sum(weight) over (order by marked_at, instrument_id, day) - weight as before
              from (select instrument_id, day, marked_at, weight
                      from tick_store.rollup_days
                     where count_due and (of_instrument is null or instrument_id = of_instrument) and marked_at <= now() - quiet
                       and (counted_at is null or counted_at < now() - interval '30 seconds')
                       and not tick_store.is_archived_day(day)
                     order by marked_at
                     limit max_days) longest) weighed
     where before < max_rows
  ), counted as (
    select due.instrument_id, due.day, c.*
      from due
     cross join lateral (
       select l.bar_length, b.*
         from (select 0::int2 as bar_length) l
        cross join lateral (
          select count(*) filter (where deleted_at is null) as rows, count(deleted_at) as deleted,
                 count(sequence) filter (where deleted_at is null) as with_sequence,
                 min("timestamp") filter (where deleted_at is null) as first_at, max("timestamp") filter (where deleted_at is null) as last_at
            from tick_store.market_data m
           where m.instrument_id = due.instrument_id and m.bar_length = 0
             and m."timestamp" >= due.starts and m."timestamp" < due.starts + interval '24 hours') b
       union all
       select l.bar_length, b.*
         from tick_store.bar_lengths l
        cross join lateral (
          select count(*) filter (where deleted_at is null), count(deleted_at), count(sequence) filter (where deleted_at is null),
                 min("timestamp") filter (where deleted_at is null), max("timestamp") filter (where deleted_at is null)
            from tick_store.market_data m
           where m.instrument_id = due.instrument_id and m.bar_length = l.bar_length and m.bar_length > 0
             and m."timestamp" >= due.starts and m."timestamp" < due.starts + interval '24 hours') b) c
     where c.rows + c.deleted > 0
  ), kept as (
    insert into tick_store.day_counts (instrument_id, day, bar_length, rows, deleted, with_sequence, first_at, last_at)
    select * from counted order by instrument_id, day, bar_length
    on conflict (instrument_id, day, bar_length) do update
       set rows = excluded.rows, deleted = excluded.deleted, with_sequence = excluded.with_sequence,
           first_at = excluded.first_at, last_at = excluded.last_at
  )
  update tick_store.rollup_days d
     set counted = pg_current_snapshot(), counted_at = now(), count_due = false
    from due
   where d.instrument_id = due.instrument_id and d.day = due.day;
  get diagnostics refreshed = row_count;
  return refreshed;
end
$$;

-- Makes the bars of one day, of one source and value, in three lengths. The caller holds a lock on market_data. Opening and closing values
-- are looked up at the first and last time of each minute: sorting all rows takes twice as long.
create function tick_store.make_day_bars(of_instrument integer, length smallint, value_name text, of_day integer) returns void language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp set timezone = 'UTC' as $$
declare
  starts constant timestamptz := timestamptz '1970-01-01Z' + of_day * interval '24 hours';
  value constant text := case value_name when 'mid' then '(bid + ask) / 2' else value_name end;
  open_value constant text := case length when 0 then value else 'coalesce(open_price, price)' end;
  high_value constant text := case length when 0 then value else 'coalesce(high_price, greatest(open_price, price))' end;
  low_value constant text := case length when 0 then value else 'coalesce(low_price, least(open_price, price))' end;
  -- the bounds are constants, so that each look-up is planned for one partition
  rows_of constant text := format(
    'tick_store.market_data where instrument_id = %s and %s and deleted_at is null and %s is not null and "timestamp" >= %L and "timestamp" < %L',
    of_instrument, case length when 0 then 'bar_length = 0' else format('bar_length = %s and bar_length > 0', length) end, value,
    starts, starts + interval '24 hours');
begin
  execute format($query$
    with minutes as (
      select date_bin('1 minute', "timestamp", timestamptz '1970-01-01Z') as starts, count(*) as count,
             min("timestamp") as first_at, max("timestamp") as last_at, max(%2$s) as high, min(%3$s) as low,
             sum(volume) as volume, sum(%4$s * volume) as turnover
        from %1$s
       group by 1
    ), whole as materialized (
      select m.starts, m.count, m.high, m.low, m.volume, m.turnover, o.value as open, c.value as close
        from minutes m
       cross join lateral (select %5$s as value from %1$s and "timestamp" = m.first_at order by sequence nulls first, id limit 1) o
       cross join lateral (select %4$s as value from %1$s and "timestamp" = m.last_at order by sequence desc nulls last, id desc limit 1) c
    ), binned as (
      select l.seconds, extract(epoch from w.starts - $4)::int4 / l.seconds as part, (array_agg(open order by starts))[1] as open, max(high) as high,
             min(low) as low, (array_agg(close order by starts desc))[1] as close, sum(volume) as volume, sum(turnover) as turnover, sum(count) as count
        from whole w
       cross join (values (60), (900), (86400)) l (seconds)
       group by 1, 2
    )
    insert into tick_store.day_bars (instrument_id, bar_length, of, seconds, day, made, made_at, parts, open, high, low, close, volume, turnover, counts)
    select $1, $2, $3, l.seconds, $5, pg_current_snapshot(), now(), coalesce(b.parts, '{}'), coalesce(b.open, '{}'), coalesce(b.high, '{}'),
           coalesce(b.low, '{}'), coalesce(b.close, '{}'), coalesce(b.volume, '{}'), coalesce(b.turnover, '{}'), coalesce(b.counts, '{}')
      from (values (60), (900), (86400)) l (seconds)
      left join (select seconds, array_agg(part::int2 order by part) as parts, array_agg(open order by part) as open,
                        array_agg(high order by part) as high, array_agg(low order by part) as low, array_agg(close order by part) as close,
                        array_agg(volume order by part) as volume, array_agg(turnover order by part) as turnover,
                        array_agg(count::int4 order by part) as counts
                   from binned group by seconds) b using (seconds)
     order by l.seconds
    on conflict (instrument_id, bar_length, of, seconds, day) do update
       set made = excluded.made, made_at = excluded.made_at, parts = excluded.parts, open = excluded.open, high = excluded.high,
           low = excluded.low, close = excluded.close, volume = excluded.volume, turnover = excluded.turnover, counts = excluded.counts
    $query$, rows_of, high_value, low_value, value, open_value)
    using of_instrument, length, value_name, starts, of_day;
end
$$;

revoke all on function tick_store.make_day_bars(integer, smallint, text, integer) from public;

-- The least rows of a day, about, whose bars are kept: fewer are made from the rows as quickly as they are read.
create function tick_store.least_weight() returns real language sql immutable
  set search_path = pg_catalog, tick_store, pg_temp as 'select 300';

-- Sweeps, and makes the bars of those days from first_day to last_day whose bars are not up to date, oldest first, for `budget` at most.
-- Bars made within the last half minute wait: the day is being written to. Returns how many days were made.
create function tick_store.refresh_bars(of_instrument integer, length smallint, value_name text, first_day integer, last_day integer, budget interval)
  returns integer language plpgsql security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  of_day integer;
  made integer := 0;
begin
  if value_name not in ('price', 'mid', 'bid', 'ask') or length not between 0 and 9 then
    raise exception 'no bars of % and %', value_name, length using errcode = 'invalid_parameter_value';
  end if;
  if not tick_store.sweep_marks(20000) then
    return 0;
  end if;
  lock table tick_store.market_data in access share mode;
  for of_day in
    select d.day
      from tick_store.rollup_days d
      left join tick_store.day_bars b on b.instrument_id = d.instrument_id and b.bar_length = length and b.of = value_name
           and b.seconds = 86400 and b.day = d.day
     where d.instrument_id = of_instrument and d.day between first_day and last_day and d.weight >= tick_store.least_weight()
       and (b.made is null or b.made_at < now() - interval '30 seconds' and not tick_store.sees_all(b.made, d.marked))
       and not tick_store.is_archived_day(d.day)
     order by d.day
  loop
    exit when clock_timestamp() > now() + budget;
    perform tick_store.make_day_bars(of_instrument, length, value_name, of_day);
    made := made + 1;
  end loop;
  return made;
end
$$;

-- Sweeps, and makes the bars of days of any instrument that have not changed for `quiet`: those of ticks' prices, and those that were made before.
create function tick_store.refresh_due_bars(quiet interval, budget interval) returns integer language plpgsql
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  due record;
  source record;
  made integer := 0;
begin
  if not tick_store.sweep_marks(100000) then
    return 0;
  end if;
  lock table tick_store.market_data in access share mode;
  for due in
    select instrument_id, day, weight from tick_store.rollup_days
     where bars_due and marked_at <= now() - quiet and not tick_store.is_archived_day(day)
     order by marked_at
     limit 1000
  loop
    exit when clock_timestamp() > now() + budget;
    for source in
      select bar_length, of from tick_store.day_bars b
       where b.instrument_id = due.instrument_id and b.day = due.day and b.seconds = 86400
      union
      select 0::int2, 'price' where due.weight >= tick_store.least_weight()
      order by 1, 2
    loop
      perform tick_store.make_day_bars(due.instrument_id, source.bar_length, source.of, due.day);
    end loop;
    update tick_store.rollup_days set bars_due = false where instrument_id = due.instrument_id and day = due.day;
    made := made + 1;
  end loop;
  return made;
end
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array['refresh_counts(integer, interval, integer, real)', 'refresh_bars(integer, smallint, text, integer, integer, interval)',
                                   'refresh_due_bars(interval, interval)'] loop
    execute format('revoke all on function tick_store.%s from public', signature);
    execute format('grant execute on function tick_store.%s to tick_store_app', signature);
  end loop;
end
$$;

-- What was stored before. First what has been swept, then the days: a batch that commits in between is swept later.
insert into tick_store.rollup_state (swept) values (pg_current_snapshot());

do $$
declare
  place text;
begin
  for place in
    select 'tick_store.market_data' union all
    select format('tick_store_archive.%I', a.name) from tick_store.archived_partitions a where a.parent = 'market_data'
  loop
    execute format('insert into tick_store.rollup_days as d (instrument_id, day, marked, marked_at, weight)
                    select instrument_id, floor(extract(epoch from "timestamp") / 86400)::int4 as day, pg_current_snapshot(), now(), count(*)
                      from %s group by 1, 2
                    on conflict (instrument_id, day) do update set weight = d.weight + excluded.weight', place);
  end loop;
end
$$;
