-- `refresh_bars` looked for each day whether it is archived: 50 of the 70 ms of processor time of a year of daily bars. It looks once now.
-- And bars made in the future count as old: after a failover the clock may be one that is behind.
create or replace function tick_store.refresh_bars(
  of_instrument integer, length smallint, value_name text, first_day integer, last_day integer, budget interval)
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
    with archived as materialized (
      select floor(extract(epoch from starts) / 86400)::int4 as first_day, floor(extract(epoch from ends) / 86400)::int4 as end_day
        from tick_store.archived_partitions
       where parent = 'market_data'
    )
    select d.day
      from tick_store.rollup_days d
      left join tick_store.day_bars b on b.instrument_id = d.instrument_id and b.bar_length = length and b.of = value_name
           and b.seconds = 86400 and b.day = d.day
     where d.instrument_id = of_instrument and d.day between first_day and last_day and d.weight >= tick_store.least_weight()
       and (b.made is null
            or b.made_at not between now() - interval '30 seconds' and now()
               and not (pg_snapshot_xmin(b.made) >= pg_snapshot_xmax(d.marked) or tick_store.sees_all(b.made, d.marked)))
       and not exists (select from archived a where d.day >= a.first_day and d.day < a.end_day)
     order by d.day
  loop
    exit when clock_timestamp() > now() + budget;
    perform tick_store.make_day_bars(of_instrument, length, value_name, of_day);
    made := made + 1;
  end loop;
  return made;
end
$$;
