import type pg from 'pg';

/** One tick per minute of 2025, one batch per month. $1 is the instrument. */
const YEAR = `
with months as (
  select m as starts, m + interval '1 month' as ends from generate_series(timestamptz '2025-01-01Z', timestamptz '2025-12-01Z', interval '1 month') m
), batches as (
  insert into tick_store.ingest_batches
    (target, actor, key_scope, idempotency_key, receipt, received, inserted, rejected, min_time, max_time, touched_instruments, touched_days)
  select 'market_data', 'bench', 'bench', starts::text, '', n, n, 0, starts, ends - interval '1 minute', array_agg($1::int4),
         array_agg(floor(extract(epoch from d) / 86400)::int4)
    from months, generate_series(starts, ends - interval '1 day', interval '1 day') d, lateral (select (extract(epoch from ends - starts) / 60)::int4 as n) c
   group by starts, ends, n
  returning block, min_time, inserted
)
insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume)
select block * 65536 + k, min_time + k * interval '1 minute', $1::int4, 4000 + k % 1000 * 0.25, 1 + k % 9
  from batches, generate_series(0, inserted - 1) k`;

/** A batch of $3 ticks from $2 on, $4 seconds apart. $1 is the instrument. */
const BATCH = `
with batch as (
  insert into tick_store.ingest_batches
    (target, actor, key_scope, idempotency_key, receipt, received, inserted, rejected, min_time, max_time, touched_instruments, touched_days)
  values ('market_data', 'bench', 'bench', gen_random_uuid()::text, '', $3::int4, $3::int4, 0, $2::timestamptz,
          $2::timestamptz + $3::int4 * $4::float8 * interval '1 s', array[$1::int4], array[floor(extract(epoch from $2::timestamptz) / 86400)::int4])
  returning block, min_time
)
insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume)
select block * 65536 + k, min_time + k * $4::float8 * interval '1 s', $1::int4, 4000 + k % 1000 * 0.25, 1 + k % 9
  from batch, generate_series(0, $3::int4 - 1) k`;

/** Stores a year of an instrument, one tick per minute, and creates the partitions of 2025. */
export async function fillYear(client: pg.Client, instrument: number): Promise<void> {
  await client.query(
    `select tick_store.ensure_partitions('market_data', array(select generate_series(timestamptz '2025-01-01Z', timestamptz '2025-12-01Z', interval '1 month')))`,
  );
  await client.query(YEAR, [instrument]);
}

/** Stores ticks of an instrument, spread evenly over one day. */
export async function fillDay(client: pg.Client, instrument: number, start: string, ticks: number): Promise<void> {
  const perBatch = 50_000;
  const seconds = 86_400 / ticks;
  for (let first = 0; first < ticks; first += perBatch) {
    const at = new Date(Date.parse(start) + first * seconds * 1000).toISOString();
    await client.query(BATCH, [instrument, at, Math.min(perBatch, ticks - first), seconds]);
  }
}

/** Stores a late tick, for a day whose roll-up is older than the half minute in which it is not refreshed again. */
export async function sendLateTick(client: pg.Client, instrument: number, at: string): Promise<void> {
  await client.query(BATCH, [instrument, at, 1, 1]);
  await client.query(
    `update tick_store.day_bars set made_at = made_at - interval '1 hour' where instrument_id = $1::int4`,
    [instrument],
  );
}
