-- Every change of an instrument or an alert rule is an operation: who, when, what it was and what it is. Triggers record them, so
-- nothing that writes these tables can forget to. `version` names the state of a row; it is the ETag of the API.
alter table tick_store.instruments
  add column version uuid not null default gen_random_uuid(),
  add column changed_by text;

alter table tick_store.alert_rules
  add column version uuid not null default gen_random_uuid(),
  add column changed_by text;

grant update (version, changed_by) on tick_store.instruments, tick_store.alert_rules to tick_store_app;

-- A change has no idempotency key: a PUT that is sent twice changes nothing the second time.
alter table tick_store.operations alter column idempotency_key drop not null;

create index ix_operations_subject on tick_store.operations (target, subject, id) where kind = 'change';

-- What of a row can change, as the API has it.
create function tick_store.state_of(i tick_store.instruments) returns jsonb language sql stable
  set search_path = pg_catalog, tick_store, pg_temp as $$
  select jsonb_build_object('name', i.name, 'type', i.type, 'status', i.status, 'priceDecimals', i.price_decimals)
$$;

create function tick_store.state_of(r tick_store.alert_rules) returns jsonb language sql stable
  set search_path = pg_catalog, tick_store, pg_temp as $$
  select jsonb_build_object(
    'instrumentId', r.instrument_id, 'symbol', (select symbol from tick_store.instruments where id = r.instrument_id),
    'ruleType', r.rule_type, 'condition', r.condition, 'threshold', r.threshold, 'timeWindowSeconds', r.time_window_seconds,
    'movingAveragePeriod', r.moving_average_period, 'cooldownSeconds', r.cooldown_seconds, 'active', r.active)
$$;

-- A writer that gives no version, such as somebody with psql, is a change all the same.
create function tick_store.renew_version() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  new.version := gen_random_uuid();
  new.changed_by := null;
  return new;
end
$$;

create trigger instrument_has_a_new_version before update on tick_store.instruments for each row
  when (new.version = old.version and new is distinct from old) execute function tick_store.renew_version();

create trigger rule_has_a_new_version before update on tick_store.alert_rules for each row
  when (new.version = old.version and new is distinct from old) execute function tick_store.renew_version();

create function tick_store.record_change() returns trigger language plpgsql
  set search_path = pg_catalog, tick_store, pg_temp as $$
declare
  drawn bigint := nextval('tick_store.history_number');
  before jsonb := case when tg_op = 'UPDATE' then tick_store.state_of(old) end;
begin
  if before is distinct from tick_store.state_of(new) then
    insert into tick_store.operations (id, number, kind, target, subject, actor, before, after, affected)
    values (drawn, drawn, 'change', tg_table_name, to_jsonb(new) ->> tg_argv[0], coalesce(new.changed_by, current_user),
            before, tick_store.state_of(new), 1);
  end if;
  return null;
end
$$;

create trigger instrument_changes_are_recorded after insert or update on tick_store.instruments for each row
  execute function tick_store.record_change('symbol');

create trigger rule_changes_are_recorded after insert or update on tick_store.alert_rules for each row
  execute function tick_store.record_change('name');

revoke all on function tick_store.state_of(tick_store.instruments), tick_store.state_of(tick_store.alert_rules),
  tick_store.renew_version(), tick_store.record_change() from public;

grant execute on function tick_store.state_of(tick_store.instruments), tick_store.state_of(tick_store.alert_rules) to tick_store_app;
