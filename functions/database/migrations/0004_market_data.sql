-- One row a tick. Prices and sizes are doubles, as they were sent: rounding is the answer's business.
create table tick_store.market_data (
  id            bigint not null,
  "timestamp"   timestamptz not null,
  instrument_id integer not null,
  price         double precision,
  volume        double precision,
  bid           double precision,
  ask           double precision,
  bid_size      double precision,
  ask_size      double precision,
  open_price    double precision,
  high_price    double precision,
  low_price     double precision,
  sequence      bigint,
  deleted_at    timestamptz,
  deleted_by    bigint,
  constraint deleted_by_an_operation check ((deleted_at is null) = (deleted_by is null)),
  -- also how a tick is found by its id
  primary key (id, "timestamp")
) partition by range ("timestamp");

create table tick_store.market_data_default partition of tick_store.market_data default;

-- The seed's two.
create index ix_market_data_timestamp_instrument on tick_store.market_data ("timestamp", instrument_id);

create index ix_market_data_instrument_price on tick_store.market_data (instrument_id, price);

-- Dedupe, and also the newest ticks of an instrument: nulls are distinct, so rows without a sequence never collide.
create unique index ix_market_data_instrument_sequence on tick_store.market_data (instrument_id, "timestamp", sequence);

-- The rows of one deletion, for its undo. Partial: an insert never touches it.
create index ix_market_data_deleted on tick_store.market_data (deleted_by) where deleted_by is not null;

grant select, insert on tick_store.market_data to tick_store_app;

-- A stored tick is never rewritten: only its deletion marks change.
grant update (deleted_at, deleted_by) on tick_store.market_data to tick_store_app;

-- The foreign key market_data.instrument_id -> instruments.id, by statement instead of by row: the built-in one costs an
-- ingest half again (docs/schema.md has the measurement). Nothing updates instrument_id or instruments.id.
create function tick_store.check_instruments_exist() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store as $$
declare
  missing integer;
begin
  select n.instrument_id into missing
    from (select distinct instrument_id from new_rows) n
   where not exists (select from tick_store.instruments i where i.id = n.instrument_id)
   limit 1;
  if found then
    raise exception 'instrument % does not exist', missing
      using errcode = 'foreign_key_violation', constraint = 'market_data_instrument_id_fkey', table = 'market_data';
  end if;
  return null;
end
$$;

create trigger instruments_exist after insert on tick_store.market_data
  referencing new table as new_rows for each statement execute function tick_store.check_instruments_exist();

-- The other side: an instrument with ticks cannot go. The lock waits for running ingests, whose rows it then sees, and
-- holds off new ones until this transaction ends, so ingests need no row locks on instruments.
create function tick_store.check_instruments_unused() returns trigger language plpgsql security definer
  set search_path = pg_catalog, tick_store as $$
declare
  used integer;
begin
  lock table tick_store.market_data in share row exclusive mode;
  select o.id into used from old_rows o
   where exists (select from tick_store.market_data m where m.instrument_id = o.id) limit 1;
  if found then
    raise exception 'instrument % has ticks', used
      using errcode = 'foreign_key_violation', constraint = 'market_data_instrument_id_fkey', table = 'instruments';
  end if;
  return null;
end
$$;

create trigger instruments_unused after delete on tick_store.instruments
  referencing old table as old_rows for each statement execute function tick_store.check_instruments_unused();

create function tick_store.refuse_removal() returns trigger language plpgsql as $$
begin
  raise exception '% refuses %', tg_table_name, tg_op using errcode = 'restrict_violation';
end
$$;

create trigger instruments_stay before truncate on tick_store.instruments
  for each statement execute function tick_store.refuse_removal();
