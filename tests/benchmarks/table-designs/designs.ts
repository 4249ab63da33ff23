/**
 * The designs of the table of ticks that are compared: the original indexes, the table of release 0.1.0, and the current one.
 * Each is a partitioned table with its own name, so that all of them are in one database.
 */

const KEY = 'id bigint not null, "timestamp" timestamptz not null, instrument_id integer not null';
const VALUES = `price float8, volume float8, bid float8, ask float8, bid_size float8, ask_size float8, open_price float8, high_price float8,
  low_price float8, sequence bigint, deleted_at timestamptz, deleted_by bigint`;
const TODAY = `${KEY}, ${VALUES}, bar_length smallint not null default 0, revision smallint not null default 0,
  occurrence integer not null default 0, superseded boolean`;

/** The columns of a batch. */
export const COLUMNS = `id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence`;

export interface Design {
  readonly columns: string;
  /** Statements that create it; TABLE stands for its name. */
  readonly more: readonly string[];
  /** Whether a batch's rows are sorted by (instrument, time) before COPY. */
  readonly sorted: boolean;
}

const TICK_KEY = `create unique index on TABLE (instrument_id, "timestamp", sequence nulls first, occurrence, revision) where bar_length = 0`;
const BAR_KEY = 'create unique index on TABLE (instrument_id, bar_length, "timestamp", revision) where bar_length > 0';
const LIVE = [
  `create unique index on TABLE (instrument_id, "timestamp", sequence, occurrence)
     where bar_length = 0 and deleted_at is null and (revision > 0 or superseded)`,
  `create unique index on TABLE (instrument_id, bar_length, "timestamp")
     where bar_length > 0 and deleted_at is null and (revision > 0 or superseded)`,
];
const DELETED = 'create index on TABLE (deleted_by) where deleted_by is not null';
const brin = (column: string) => `create index on TABLE using brin (${column}) with (pages_per_range = 16)`;
const SEED = ['create index on TABLE ("timestamp", instrument_id)', 'create index on TABLE (instrument_id, price)'];
const TODAYS = [TICK_KEY, BAR_KEY, ...LIVE, DELETED, brin('id'), brin('"timestamp"')];

/** The current indexes by purpose. Omitting each in turn shows what it costs an insert. */
export const TODAYS_INDEXES: Readonly<Record<string, string>> = {
  ux_market_data_tick: TICK_KEY,
  'ux_market_data_bar (partial)': BAR_KEY,
  'ux_market_data_live_tick (partial)': LIVE[0] as string,
  'ix_market_data_deleted (partial)': DELETED,
  'ix_market_data_id (BRIN)': brin('id'),
  'ix_market_data_timestamp (BRIN)': brin('"timestamp"'),
};

export const TRIGGER = `create trigger instruments_exist after insert on TABLE referencing new table as new_rows
  for each statement execute function check_new_rows()`;

/** The foreign key of release 0.1.0, which checks the batch's distinct instruments by a transition table. */
export const TRIGGER_FUNCTION = `create function check_new_rows() returns trigger language plpgsql as $$
begin
  perform from (select distinct instrument_id from new_rows) n
    where not exists (select from tick_store.instruments i where i.id = n.instrument_id);
  if found then raise exception 'an instrument does not exist'; end if;
  return null;
end $$`;

export const DESIGNS: Readonly<Record<string, Design>> = {
  "the seed's index set": { columns: `${KEY}, ${VALUES}`, more: SEED, sorted: false },
  'release 0.1.0': {
    columns: `${KEY}, ${VALUES}, primary key (id, "timestamp")`,
    more: [...SEED, 'create unique index on TABLE (instrument_id, "timestamp", sequence)', DELETED, TRIGGER],
    sorted: false,
  },
  today: { columns: TODAY, more: TODAYS, sorted: true },
  'today, rows not sorted': { columns: TODAY, more: TODAYS, sorted: false },
  'today, a B-tree on timestamp in place of BRIN': {
    columns: TODAY,
    more: [...TODAYS.filter((text) => text !== brin('"timestamp"')), 'create index on TABLE ("timestamp")'],
    sorted: true,
  },
  'today, a B-tree on id in place of BRIN': {
    columns: TODAY,
    more: [...TODAYS.filter((text) => text !== brin('id')), 'create index on TABLE (id)'],
    sorted: true,
  },
  'no index': { columns: TODAY, more: [], sorted: false },
};
