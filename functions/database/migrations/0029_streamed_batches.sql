-- Writes the ledger's row of a batch whose rows went in while the rest of it was read: `take-batch-key` took its key and its number
-- before, in the same transaction. All that the batch sent was accepted, so nothing of it is rejected. Ends the transaction where an
-- instrument of the batch is gone or no longer active. It is the foreign key of ticks as `tick_store.take_batch` is: it takes its lock
-- on the ledger before it looks at the instruments, and a deletion that looked before that has not seen the rows, nor they it.
create function tick_store.finish_batch(
  number bigint, target text, actor text, key_scope text, idempotency_key text, received integer, min_time timestamptz,
  max_time timestamptz, receipt text, touched_instruments integer[], touched_days integer[]
) returns bigint language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  insert into tick_store.ingest_batches
    (block, target, actor, key_scope, idempotency_key, received, inserted, rejected, min_time, max_time, receipt,
     touched_instruments, touched_days)
  select $1, $2, $3, $4, $5, $6, $6, 0, $7, $8, $9, $10, $11
   where not exists (
     select from (select distinct unnest($10) as id) named
       left join tick_store.instruments i on i.id = named.id and i.status = 'active'
      where i.id is null);
  if not found then
    perform tick_store.refuse('instruments_changed', '{}'::json);
  end if;
  return $1;
end
$$;

revoke all on function tick_store.finish_batch(bigint, text, text, text, text, integer, timestamptz, timestamptz, text, integer[],
  integer[]) from public;

grant execute on function tick_store.finish_batch(bigint, text, text, text, text, integer, timestamptz, timestamptz, text, integer[],
  integer[]) to tick_store_app;
