create table tick_store.alert_logs (
  id                    bigint not null,
  "timestamp"           timestamptz not null,
  rule_id               integer not null references tick_store.alert_rules (id) on delete restrict,
  instrument_id         integer not null references tick_store.instruments (id) on delete restrict,
  trigger_value         double precision not null,
  threshold_value       double precision not null,
  fired_status          text not null check (fired_status in ('fired', 'suppressed', 'error')),
  delivery_status       text not null check (delivery_status in
                          ('pending', 'in_app_sent', 'sound_played', 'slack_sent', 'all_delivered', 'failed')),
  evaluation_time_ms    double precision,
  rule_condition        text,
  alert_message         text,
  error_message         text,
  delivery_attempted_at timestamptz,
  delivery_completed_at timestamptz,
  deleted_at            timestamptz,
  deleted_by            bigint,
  constraint deleted_by_an_operation check ((deleted_at is null) = (deleted_by is null)),
  primary key (id, "timestamp")
) partition by range ("timestamp");

create table tick_store.alert_logs_default partition of tick_store.alert_logs default;

-- The seed's four.
create index ix_alert_logs_timestamp on tick_store.alert_logs ("timestamp");

create index ix_alert_logs_rule_timestamp on tick_store.alert_logs (rule_id, "timestamp");

create index ix_alert_logs_timestamp_instrument on tick_store.alert_logs ("timestamp", instrument_id);

create index ix_alert_logs_status on tick_store.alert_logs (fired_status, delivery_status);

create index ix_alert_logs_deleted on tick_store.alert_logs (deleted_by) where deleted_by is not null;

-- The newest alert of an instrument.
create index ix_alert_logs_instrument_timestamp on tick_store.alert_logs (instrument_id, "timestamp");

grant select, insert on tick_store.alert_logs to tick_store_app;

grant update (deleted_at, deleted_by) on tick_store.alert_logs to tick_store_app;

-- Rows do not go, for the owner either; what is really to go goes as a partition, on purpose.
create trigger market_data_stay before delete or truncate on tick_store.market_data
  for each statement execute function tick_store.refuse_removal();

create trigger alert_logs_stay before delete or truncate on tick_store.alert_logs
  for each statement execute function tick_store.refuse_removal();

create trigger ingest_batches_stay before delete or truncate on tick_store.ingest_batches
  for each statement execute function tick_store.refuse_removal();

create trigger operations_stay before delete or truncate on tick_store.operations
  for each statement execute function tick_store.refuse_removal();

create trigger operation_rows_stay before delete or truncate on tick_store.operation_rows
  for each statement execute function tick_store.refuse_removal();
