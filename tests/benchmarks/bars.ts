/**
 * `npm run bench:bars`: bars of a year of minutes, read as the service reads them, alternating with plain SQL of `date_bin` over the same
 * ticks, in one run. `ROUNDS=15` takes that many of each.
 */
import { cpus } from 'node:os';
import pg from 'pg';
import { selectRolledBars } from '../../functions/bars/sql/select-rolled-bars.ts';
import { median, startBenchmarkDatabase } from './support.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 9);
const print = (line: string) => console.log(line);
const YEAR = ['2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'] as const;
const PAGE = ['2025-06-01T00:00:00Z', '2025-06-07T22:40:00Z'] as const;
const SOURCE = { instrumentId: 1, of: 'price', timeZone: 'UTC', barLength: 0 } as const;

/** A tick per minute of 2025, a batch per month. */
const FILL = `
with months as (
  select m as starts, m + interval '1 month' as ends from generate_series(timestamptz '2025-01-01Z', timestamptz '2025-12-01Z', interval '1 month') m
), batches as (
  insert into tick_store.ingest_batches (target, actor, key_scope, idempotency_key, receipt, received, inserted, rejected, min_time, max_time, touched_instruments, touched_days)
  select 'market_data', 'bench', 'bench', starts::text, '', n, n, 0, starts, ends - interval '1 minute', array_agg(1), array_agg(floor(extract(epoch from d) / 86400)::int4)
    from months, generate_series(starts, ends - interval '1 day', interval '1 day') d, lateral (select (extract(epoch from ends - starts) / 60)::int4 as n) c
   group by starts, ends, n
  returning block, min_time, inserted
)
insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume)
select block * 65536 + k, min_time + k * interval '1 minute', 1, 4000 + k % 1000 * 0.25, 1 + k % 9
  from batches, generate_series(0, inserted - 1) k`;

/** What one would write without the service. */
const plain = (width: string) => `
select date_bin('${width}', "timestamp", timestamptz '1970-01-01Z') as start, (array_agg(price order by "timestamp", sequence nulls first, id))[1] as open,
       max(price) as high, min(price) as low, (array_agg(price order by "timestamp" desc, sequence desc nulls last, id desc))[1] as close,
       sum(volume) as volume, count(*) as count
  from tick_store.market_data
 where instrument_id = 1 and bar_length = 0 and deleted_at is null and price is not null and "timestamp" >= $1 and "timestamp" < $2
 group by 1
 order by 1`;

const database = await startBenchmarkDatabase();
const client = new pg.Client({ connectionString: database.superuserUrl });
try {
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const [cpu] = cpus();
  print(`PostgreSQL ${database.postgresVersion}, Node ${process.version}, ${cpus().length} x ${cpu?.model}`);
  await client.query(
    `select tick_store.ensure_partitions('market_data', array(select generate_series(timestamptz '2025-01-01Z', timestamptz '2025-12-01Z', interval '1 month')))`,
  );
  await client.query(FILL);
  await client.query('vacuum analyze tick_store.market_data');
  const started = performance.now();
  for (let days = 1; days > 0; )
    days = (
      await client.query(`select tick_store.refresh_bars(1, 0::int2, 'price', 0, 30000, interval '10 s') as days`)
    ).rows[0].days;
  print(`made the bars of 365 days of 1,440 ticks in ${Math.round(performance.now() - started)} ms`);
  await compare(
    'a year of minutes as daily bars',
    selectRolledBars({ ...SOURCE, interval: '1d' }, 86_400, ...YEAR, 'asc'),
    [plain('1 day'), YEAR],
  );
  await compare(
    'a page of 10,000 one-minute bars',
    selectRolledBars({ ...SOURCE, interval: '1m' }, 60, ...PAGE, 'asc'),
    [plain('1 minute'), PAGE],
  );
} finally {
  await client.end();
  await database.stop();
}

async function compare(
  what: string,
  { text, values }: { text: string; values: readonly unknown[] },
  [sql, period]: readonly [string, readonly string[]],
): Promise<void> {
  const times = { kept: [] as number[], plain: [] as number[] };
  const timed = async (query: string, given: readonly unknown[], into: number[]) => {
    const at = performance.now();
    const { rows } = await client.query(query, [...given]);
    into.push(performance.now() - at);
    return rows.length;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const counts = [await timed(text, values, times.kept), await timed(sql, period, times.plain)];
    if (counts[0] !== counts[1]) throw new Error(`${what}: ${counts.join(' and ')} bars`);
  }
  print(`${what}: ${median(times.kept).toFixed(0)} ms, by date_bin ${median(times.plain).toFixed(0)} ms`);
}
