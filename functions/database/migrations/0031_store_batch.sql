-- A small batch as a whole: key, ledger row and rows, in one statement. Returns what `tick_store.take_batch` returns. A row that is stored
-- already ends the transaction, SQLSTATE unique_violation: to settle such a batch takes a look at what other transactions committed
-- meanwhile, which needs a statement of its own.
--
-- Functions, because their plans stay with the server connection; through a transaction pooler a statement's own plan never does. What
-- they insert are the fields of a record in their order (functions/contract/market-data.ts, functions/contract/alert-logs.ts): a new field
-- takes a function with one argument more, next to the one that the release before calls. A column without any value is an empty array,
-- which `unnest` pads with nulls. docs/performance.md has the measurement.
create function tick_store.store_ticks(
  target text, actor text, key_scope text, idempotency_key text, payload_hash bytea, request_id uuid, received integer,
  inserted integer, rejected integer, min_time timestamptz, max_time timestamptz, receipt text, bar_length smallint,
  touched_instruments integer[], touched_days integer[], indexes integer[], timestamps timestamptz[], instrument_ids integer[],
  price_values double precision[], volume_values double precision[], bid_values double precision[],
  ask_values double precision[], bid_size_values double precision[], ask_size_values double precision[],
  open_price_values double precision[], high_price_values double precision[], low_price_values double precision[],
  sequence_values bigint[]
) returns bigint language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  taken constant bigint := tick_store.take_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);
begin
  if taken is not null then
    insert into tick_store.market_data
      (id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence)
    select taken * 65536 + unnest($16), unnest($17), unnest($18), unnest($19), unnest($20), unnest($21), unnest($22),
           unnest($23), unnest($24), unnest($25), unnest($26), unnest($27), unnest($28);
  end if;
  return taken;
end
$$;

revoke all on function tick_store.store_ticks from public;

grant execute on function tick_store.store_ticks to tick_store_app;

create function tick_store.store_alert_logs(
  target text, actor text, key_scope text, idempotency_key text, payload_hash bytea, request_id uuid, received integer,
  inserted integer, rejected integer, min_time timestamptz, max_time timestamptz, receipt text, bar_length smallint,
  touched_instruments integer[], touched_days integer[], indexes integer[], timestamps timestamptz[], instrument_ids integer[],
  rule_id_values integer[], trigger_value_values double precision[], threshold_value_values double precision[],
  fired_status_values text[], delivery_status_values text[], evaluation_time_ms_values double precision[],
  rule_condition_values text[], alert_message_values text[], error_message_values text[],
  delivery_attempted_at_values timestamptz[], delivery_completed_at_values timestamptz[]
) returns bigint language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  taken constant bigint := tick_store.take_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);
begin
  if taken is not null then
    insert into tick_store.alert_logs
      (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status,
       evaluation_time_ms, rule_condition, alert_message, error_message, delivery_attempted_at, delivery_completed_at)
    select taken * 65536 + unnest($16), unnest($17), unnest($18), unnest($19), unnest($20), unnest($21), unnest($22),
           unnest($23), unnest($24), unnest($25), unnest($26), unnest($27), unnest($28), unnest($29);
  end if;
  return taken;
end
$$;

revoke all on function tick_store.store_alert_logs from public;

grant execute on function tick_store.store_alert_logs to tick_store_app;
