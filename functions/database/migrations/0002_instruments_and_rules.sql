create table tick_store.instruments (
  id             integer generated always as identity primary key,
  symbol         text not null unique check (symbol ~ '^[!-~]{1,20}$'),
  name           text not null check (length(name) between 1 and 100),
  type           text not null check (type ~ '^[a-z][a-z0-9_-]{0,29}$'),
  status         text not null default 'active' check (status in ('active', 'inactive', 'error')),
  price_decimals smallint not null default 4 check (price_decimals between 0 and 12),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);

-- ES and es are one instrument to every exchange, so they must not be two here.
create unique index instruments_symbol_any_case on tick_store.instruments (upper(symbol));

create table tick_store.alert_rules (
  id                    integer generated always as identity primary key,
  name                  text not null unique check (length(name) between 1 and 100),
  instrument_id         integer not null references tick_store.instruments (id) on delete restrict,
  rule_type             text not null check (rule_type in ('threshold', 'crossover', 'rate_of_change', 'volume_spike', 'multi_condition')),
  condition             text not null check (condition in ('above', 'below', 'equals', 'crosses_above', 'crosses_below',
                          'percent_change_up', 'percent_change_down', 'volume_above')),
  threshold             double precision not null,
  time_window_seconds   integer check (time_window_seconds between 1 and 3600),
  moving_average_period integer check (moving_average_period between 1 and 1000),
  cooldown_seconds      integer not null default 60 check (cooldown_seconds between 0 and 3600),
  active                boolean not null default true,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now()
);

create index ix_alert_rules_instrument on tick_store.alert_rules (instrument_id);

grant select, insert on tick_store.instruments, tick_store.alert_rules to tick_store_app;

-- Ids and names stay: ticks refer to the ones, clients to the others.
grant update (name, type, status, price_decimals, updated_at) on tick_store.instruments to tick_store_app;

grant update (instrument_id, rule_type, condition, threshold, time_window_seconds, moving_average_period, cooldown_seconds, active, updated_at)
  on tick_store.alert_rules to tick_store_app;
