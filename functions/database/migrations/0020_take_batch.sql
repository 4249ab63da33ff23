-- Takes the key of a batch and its row in the ledger: what every batch begins with. Returns the batch's id; null where the key is
-- taken, by whatever kind of request, and null where an instrument of the batch is gone or no longer active: the key is then free.
-- Waits for a running request with the same key. It is also the foreign key of ticks: deleting an instrument locks the ledger
-- against this statement, which takes its locks before it looks at the instruments.
--
-- A function, because its plan stays with the server connection; through a transaction pooler a statement's own plan never does.
-- docs/performance.md has the measurement.
create function tick_store.take_batch(
  target text, actor text, key_scope text, idempotency_key text, payload_hash bytea, request_id uuid,
  received integer, inserted integer, rejected integer, min_time timestamptz, max_time timestamptz,
  receipt text, bar_length smallint, touched_instruments integer[], touched_days integer[]
) returns bigint language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  taken bigint;
begin
  with key as (
    insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
    select $3, $4, 'batch', $5, $6
     where not exists (
       select from (select distinct unnest($14) as id) named
         left join tick_store.instruments i on i.id = named.id and i.status = 'active'
        where i.id is null)
    on conflict on constraint idempotency_keys_pkey do nothing
    returning number
  )
  insert into tick_store.ingest_batches
    (block, target, actor, key_scope, idempotency_key, received, inserted, rejected, min_time, max_time, receipt, bar_length,
     touched_instruments, touched_days)
  select number, $1, $2, $3, $4, $7, $8, $9, $10, $11, $12, $13, $14, $15
    from key
  returning block into taken;
  return taken;
end
$$;

revoke all on function tick_store.take_batch(text, text, text, text, bytea, uuid, integer, integer, integer, timestamptz, timestamptz,
  text, smallint, integer[], integer[]) from public;

grant execute on function tick_store.take_batch(text, text, text, text, bytea, uuid, integer, integer, integer, timestamptz, timestamptz,
  text, smallint, integer[], integer[]) to tick_store_app;
