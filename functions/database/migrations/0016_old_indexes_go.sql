drop function tick_store.index_next_partition();

-- What the new ones replace, and what no read asks for on the partition that is written to (docs/schema.md has the measurements).
alter table tick_store.market_data drop constraint market_data_pkey;

drop index tick_store.ix_market_data_instrument_sequence;

drop index tick_store.ix_market_data_timestamp_instrument;

drop index tick_store.ix_market_data_instrument_price;

-- Where the newest page of a table begins: a time from which on there are at least `wanted` rows, by the batches that begin
-- latest, or null where there are not so many. Rows before `until` only.
create function tick_store.page_start(of_table text, of_length smallint, until timestamptz, wanted bigint) returns timestamptz
  language sql stable set search_path = pg_catalog, tick_store, pg_temp as $$
  select min_time
    from (select min_time, sum(inserted + replaced) over (order by min_time desc, block desc) as rows
            from (select min_time, block, inserted, replaced
                    from tick_store.ingest_batches
                   where target = of_table and bar_length = of_length and status = 'stored' and min_time <= until and max_time <= until
                   order by min_time desc
                   limit wanted) newest) counted
   where rows >= wanted
   order by rows
   limit 1
$$;
