-- Waits for a running request with this key, and returns whether the key is taken then. For a request that is refused before it would
-- take its key: only what would take it waits for one that has not committed, so this takes it and gives it back.
create function tick_store.wait_for_key(key_scope text, idempotency_key text) returns boolean language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  insert into tick_store.idempotency_keys (scope, key, kind, number, payload_hash, request_id)
  values ($1, $2, 'batch', 0, '', gen_random_uuid())
  on conflict on constraint idempotency_keys_pkey do nothing;
  if found then
    perform tick_store.refuse('key_is_free', '{}'::json);
  end if;
  return true;
exception
  -- of `refuse`: undoes the insertion, and leaves no line in the log
  when sqlstate 'TS001' then
    return false;
end
$$;

revoke all on function tick_store.wait_for_key(text, text) from public;

grant execute on function tick_store.wait_for_key(text, text) to tick_store_app;
