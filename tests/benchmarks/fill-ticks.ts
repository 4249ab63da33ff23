import type pg from 'pg';

/** How a table is filled. */
export interface Filling {
  readonly ticks: number;
  readonly instruments: number;
  /** How many months to fill, up to and including the current one. */
  readonly months: number;
}

/** Fills the table of ticks inside the database with random walks, in batches like the service's. Much faster than ingest. */
export async function fillTicks(client: pg.Client, { ticks, instruments, months }: Filling): Promise<void> {
  await client.query(`insert into tick_store.instruments (symbol, name, type)
    select 'F' || n, 'F' || n, 'future' from generate_series(1, ${instruments}) n on conflict do nothing`);
  await client.query(`select tick_store.ensure_partitions('market_data', array_agg(now() - make_interval(months => n)))
    from generate_series(0, ${months}) n`);
  const perBatch = 50_000;
  const seconds = months * 30 * 86_400;
  for (let first = 0; first < ticks; first += perBatch) {
    // each batch has a ledger row, because reads by id and pages of all instruments use it
    await client.query(
      `with batch as (
         insert into tick_store.ingest_batches
           (target, actor, idempotency_key, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
         select 'market_data', 'bench', 'bench ' || $1, $2, $2, 0, from_time, to_time, '"bench":1}', array_agg(i), array_agg(day)
           from (select now() - make_interval(secs => $3) as from_time, now() - make_interval(secs => $4) as to_time) bounds
          cross join generate_series(1, ${instruments}) i
          cross join lateral generate_series((extract(epoch from from_time) / 86400)::int4 - 1, (extract(epoch from to_time) / 86400)::int4) day
          group by from_time, to_time
         returning block, min_time)
       insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume, bid, ask)
       select b.block * 65536 + i, b.min_time + make_interval(secs => i * $5::float8), 1 + i % ${instruments},
              4000 + (i * 7919 % 2000) * 0.25, i % 40, 4000, 4001
         from batch b, generate_series(0, $2::int - 1) i`,
      [
        String(first),
        Math.min(perBatch, ticks - first),
        seconds * (1 - first / ticks),
        seconds * (1 - Math.min(1, (first + perBatch) / ticks)),
        seconds / ticks,
      ],
    );
  }
  await client.query('vacuum analyze tick_store.market_data');
}
