import type pg from 'pg';
import type { Statement } from '../../../functions/database/database.ts';
import { encodeArray } from '../../../functions/database/drivers/postgres/binary-format.ts';
import { findPageStart, findTick, latestTicks, listTicks } from '../../../functions/market-data/sql/select-ticks.ts';
import { EARLIER_READS } from './earlier-reads.ts';

const TICKS = Number(process.env['TICKS'] ?? 3_000_000);
const INSTRUMENTS = 500;
const MONTHS = 24;
const BATCH = 10_000;
const TRIES = 7;

/**
 * Fills both designs with the same ticks of 500 instruments in 24 months, in batches, and with an instrument without recent
 * ticks.
 */
export async function loadTicks(client: pg.Client, print: (line: string) => void): Promise<void> {
  const sql = (text: string) => client.query(text);
  const started = performance.now();
  await sql(
    `insert into tick_store.instruments (symbol, name, type) select 'X' || i, 'x', 'future' from generate_series((select max(id) + 1 from tick_store.instruments), 501) i`,
  );
  await sql(`select tick_store.ensure_partitions('market_data', array(
    select date_trunc('month', now()) - make_interval(months => m) from generate_series(0, ${MONTHS - 1}) m))`);
  await sql('create schema earlier');
  await sql(`create table earlier.market_data (id bigint not null, "timestamp" timestamptz not null, instrument_id integer not null,
    price float8, volume float8, bid float8, ask float8, bid_size float8, ask_size float8, open_price float8, high_price float8, low_price float8,
    sequence bigint, deleted_at timestamptz, deleted_by bigint, primary key (id, "timestamp")) partition by range ("timestamp")`);
  await sql('create table earlier.market_data_default partition of earlier.market_data default');
  await sql(`do $$ declare p record; begin
    for p in select * from tick_store.partitions where parent = 'market_data' loop
      execute format('create table earlier.%I partition of earlier.market_data for values from (%L) to (%L)', p.name, p.starts, p.ends);
    end loop; end $$`);
  for (const index of [
    'ix_1 on earlier.market_data ("timestamp", instrument_id)',
    'ix_2 on earlier.market_data (instrument_id, price)',
  ])
    await sql(`create index ${index}`);
  await sql('create unique index ix_3 on earlier.market_data (instrument_id, "timestamp", sequence)');
  const spacing = `(interval '${MONTHS * 30 - 5} days' / ${TICKS})`;
  const first = `now() - interval '${MONTHS * 30 - 5} days'`;
  await sql(`insert into tick_store.ingest_batches (block, target, actor, idempotency_key, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
    select 1 + g, 'market_data', 'b', 'k' || g, ${BATCH}, ${BATCH}, 0, ${first} + g * ${BATCH} * ${spacing}, ${first} + (g + 1) * ${BATCH} * ${spacing}, '', '{}', '{}'
      from generate_series(0, ${Math.ceil(TICKS / BATCH) - 1}) g`);
  const rows = `select (1 + i / ${BATCH})::int8 * 65536 + i % ${BATCH} as id, ${first} + i * ${spacing} as at, 1 + (i * 7919::int8 % ${INSTRUMENTS})::int4 as instrument,
      100 + (i * 7919::int8 % 2000) * 0.25 as value, i as sequence from generate_series(0, ${TICKS - 1}) i`;
  for (const [table, order] of [
    ['earlier.market_data', 'id'],
    ['tick_store.market_data', `id / 65536, instrument, at`],
  ])
    await sql(`insert into ${table} (id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence)
      select id, at, instrument, value, value, value, value, value, value, value, value, value, sequence from (${rows}) r order by ${order}`);
  await sql('vacuum analyze tick_store.market_data, earlier.market_data, tick_store.ingest_batches');
  print(`\nLoaded ${TICKS} ticks twice in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

const wired = (values: Statement['values']) =>
  values.map((value) =>
    typeof value === 'object' && value !== null && 'element' in value ? encodeArray(value) : value,
  );

/** The best elapsed time of several runs, including planning. Milliseconds. */
async function best(client: pg.Client, read: () => Promise<Pick<Statement, 'text' | 'values'>[]>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TRIES; turn++) {
    const started = performance.now();
    for (const { text, values } of await read()) await client.query(text, wired(values));
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/** Prints each read of the contract on both designs. */
export async function compareReads(client: pg.Client, print: (line: string) => void): Promise<void> {
  const [{ id, at }] = (
    await client.query(
      `select id::float8 as id, "timestamp" as at from tick_store.market_data where id = ${Math.ceil(TICKS / BATCH / 2)}::int8 * 65536 + 77`,
    )
  ).rows;
  const page = {
    instrumentId: null,
    barLength: 0,
    start: null,
    end: null,
    after: null,
    includeDeleted: false,
    order: 'desc',
    limit: 1001,
  } as const;
  const ids = (count: number) => Array.from({ length: count }, (_, nth) => nth + 1);
  const startOf = async () => {
    const { text, values } = findPageStart(0, null, 2001);
    return (await client.query(text, wired(values))).rows[0].start.toISOString() as string;
  };
  const day = {
    start: new Date(at.getTime() - 43_200_000).toISOString(),
    end: new Date(at.getTime() + 43_200_000).toISOString(),
  };
  const reads: Record<
    string,
    [earlier: Pick<Statement, 'text' | 'values'>, today: () => Promise<Pick<Statement, 'text' | 'values'>[]>]
  > = {
    'latest of 500 instruments': [EARLIER_READS.latest(ids(500)), async () => [latestTicks(ids(500), [], false)]],
    'latest of an instrument without ticks': [EARLIER_READS.latest([501]), async () => [latestTicks([501], [], false)]],
    'newest 1,000 of one instrument': [
      EARLIER_READS.list({ instrumentId: 7 }),
      async () => [listTicks({ ...page, instrumentId: 7 })],
    ],
    'a day of one instrument': [
      EARLIER_READS.list({ instrumentId: 7, ...day }),
      async () => [listTicks({ ...page, instrumentId: 7, ...day })],
    ],
    'newest 1,000 of all instruments (with the look-up of its start)': [
      EARLIER_READS.list({}),
      async () => [listTicks({ ...page, start: await startOf() })],
    ],
    'a tick by its id': [EARLIER_READS.find(id), async () => [findTick(id, false)]],
  };
  print(`\n## Reads at ${TICKS} ticks of ${INSTRUMENTS} instruments in ${MONTHS} months, ms, best of ${TRIES}\n`);
  print('| read | release 0.1.0 | today |\n|---|---|---|');
  for (const [name, [earlier, today]] of Object.entries(reads)) {
    const [before, now] = [await best(client, async () => [earlier]), await best(client, today)];
    print(`| ${name} | ${before.toFixed(1)} | ${now.toFixed(1)} |`);
  }
  const size = `select sum(pg_total_relation_size(inhrelid))::float8 / ${TICKS} as bytes from pg_inherits where inhparent = `;
  const bytes = async (table: string) =>
    ((await client.query(`${size}'${table}'::regclass`)).rows[0].bytes as number).toFixed(0);
  print(`| bytes per tick | ${await bytes('earlier.market_data')} | ${await bytes('tick_store.market_data')} |`);
}
