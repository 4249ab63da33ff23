-- Bars of an hour and of half an hour are kept too: a day of another time zone is made of those, not of quarters of an hour. And the rows of a day are read by
-- parallel workers where the server has them, which a statement that writes never does.

alter table tick_store.day_bars drop constraint day_bars_seconds_check;

alter table tick_store.day_bars add constraint day_bars_seconds_check check (seconds in (60, 900, 1800, 3600, 86400));

-- Makes the bars of one day, of one source and value, in five lengths. The caller holds a lock on market_data. Opening and closing values
-- are looked up at the first and last time of each minute: sorting all rows takes twice as long.
create or replace function tick_store.make_day_bars(of_instrument integer, length smallint, value_name text, of_day integer) returns void
  language plpgsql set search_path = pg_catalog, tick_store, pg_temp set timezone = 'UTC' as $$
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
  -- the snapshot that the rows were read in
  read_in pg_snapshot;
  minutes smallint[];
  opens float8[];
  highs float8[];
  lows float8[];
  closes float8[];
  volumes float8[];
  turnovers float8[];
  numbers integer[];
begin
  -- `union all` of nothing hides where `start` comes from. The planner expects a group per timestamp otherwise, and then neither workers
  -- that group on their own nor a table in memory pay.
  execute format($query$
    with minutes as (
      select start, count(*) as count, min("timestamp") as first_at, max("timestamp") as last_at, max(high) as high, min(low) as low,
             sum(volume) as volume, sum(value * volume) as turnover
        from (select date_bin('1 minute', "timestamp", timestamptz '1970-01-01Z') as start, "timestamp", %2$s as high, %3$s as low,
                     %4$s as value, volume
                from %1$s
               union all
              select null, null, null, null, null, null where false) m
       group by start
    )
    select pg_current_snapshot(), array_agg((extract(epoch from m.start - $1) / 60)::int2 order by m.start),
           array_agg(o.value order by m.start), array_agg(m.high order by m.start), array_agg(m.low order by m.start),
           array_agg(c.value order by m.start), array_agg(m.volume order by m.start), array_agg(m.turnover order by m.start),
           array_agg(m.count::int4 order by m.start)
      from minutes m
     cross join lateral (select %5$s as value from %1$s and "timestamp" = m.first_at order by sequence nulls first, id limit 1) o
     cross join lateral (select %4$s as value from %1$s and "timestamp" = m.last_at order by sequence desc nulls last, id desc limit 1) c
    $query$, rows_of, high_value, low_value, value, open_value)
    into read_in, minutes, opens, highs, lows, closes, volumes, turnovers, numbers
    using starts;
  insert into tick_store.day_bars (instrument_id, bar_length, of, seconds, day, made, made_at, parts, open, high, low, close, volume, turnover, counts)
  select of_instrument, length, value_name, l.seconds, of_day, read_in, now(), coalesce(b.parts, '{}'), coalesce(b.open, '{}'),
         coalesce(b.high, '{}'), coalesce(b.low, '{}'), coalesce(b.close, '{}'), coalesce(b.volume, '{}'), coalesce(b.turnover, '{}'),
         coalesce(b.counts, '{}')
    from (values (60), (900), (1800), (3600), (86400)) l (seconds)
    left join (
      select 60 as seconds, minutes as parts, opens as open, highs as high, lows as low, closes as close, volumes as volume,
             turnovers as turnover, numbers as counts
      union all
      select seconds, array_agg(part order by part), array_agg(open order by part), array_agg(high order by part), array_agg(low order by part),
             array_agg(close order by part), array_agg(volume order by part), array_agg(turnover order by part), array_agg(count order by part)
        from (select l.seconds, (m.part * 60 / l.seconds)::int2 as part, (array_agg(m.open order by m.part))[1] as open, max(m.high) as high,
                     min(m.low) as low, (array_agg(m.close order by m.part desc))[1] as close, sum(m.volume) as volume,
                     sum(m.turnover) as turnover, sum(m.count)::int4 as count
                from (values (900), (1800), (3600), (86400)) l (seconds)
               cross join unnest(minutes, opens, highs, lows, closes, volumes, turnovers, numbers)
                  as m (part, open, high, low, close, volume, turnover, count)
               group by 1, 2) binned
       group by seconds) b using (seconds)
   order by l.seconds
  on conflict (instrument_id, bar_length, of, seconds, day) do update
     set made = excluded.made, made_at = excluded.made_at, parts = excluded.parts, open = excluded.open, high = excluded.high,
         low = excluded.low, close = excluded.close, volume = excluded.volume, turnover = excluded.turnover, counts = excluded.counts;
end
$$;

-- Bars that were made without these are made again, by the schedule or by the first reader.
delete from tick_store.day_bars;

update tick_store.rollup_days set bars_due = true;
