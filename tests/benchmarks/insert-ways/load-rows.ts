import type pg from 'pg';

/** The number of ticks for the queries. There are a tenth as many alert logs. */
export const TICKS = Number(process.env['TICKS'] ?? 3_000_000);
export const ALERTS = TICKS / 10;

/** Stores six months of ticks and 23 months of alert logs, of 12 common instruments and one rare instrument. */
export async function loadRows(client: pg.Client): Promise<void> {
  await client.query(
    `insert into tick_store.instruments (symbol, name, type) select 'X' || i, 'x', 'future' from generate_series(7, 1000) i`,
  );
  await client.query(`insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold)
    select 'rule ' || i, 1 + i % 12, 'threshold', 'above', i from generate_series(1, 21) i`);
  for (let month = 0; month <= 23; month++) {
    for (const table of ['market_data', 'alert_logs'])
      await client.query(`select tick_store.ensure_partitions('${table}', array[now() - interval '${month} months'])`);
  }
  await client.query(`insert into tick_store.ingest_batches (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
    select 'market_data', 'b', 'k' || g, '', gen_random_uuid(), 10000, 10000, 0, now() - interval '180 days' + g * 10000 * w, now() - interval '180 days' + (g + 1) * 10000 * w, '', '{}', '{}'
      from generate_series(0, ${TICKS / 10_000 - 1}) g, (select interval '180 days' / ${TICKS} as w) x`);
  await client.query(`insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume, bid, ask, sequence)
    select (1::int8 + i / 10000) * 65536 + i % 10000, now() - interval '180 days' + i * (interval '180 days' / ${TICKS}), 1 + i % 12, 4300 + (i % 2000) * 0.25, i % 40, 1, 2, i
      from generate_series(0, ${TICKS - 1}) i`);
  await client.query(
    `update tick_store.market_data set deleted_at = now(), deleted_by = 7 where id between 150 * 65536 and 150 * 65536 + 999`,
  );
  await client.query(`insert into tick_store.alert_logs (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status)
    select i, now() - interval '700 days' + i * (interval '700 days' / ${ALERTS}), 1 + i % 12, 1 + i % 20, i, i, case when i % 50 = 0 then 'error' else 'fired' end,
           case when i % 1000 = 0 then 'failed' else 'all_delivered' end from generate_series(0, ${ALERTS - 1}) i`);
  // a rare instrument and a rare rule, for which an index matters most
  await client.query(`insert into tick_store.market_data (id, "timestamp", instrument_id, price)
    select 900::int8 * 65536 + i, now() - interval '180 days' + i * interval '4 hours', 13, 100 from generate_series(0, 999) i`);
  await client.query(`insert into tick_store.alert_logs (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status)
    select 900::int8 * 65536 + i, now() - interval '700 days' + i * interval '10 days', 13, 21, i, i, 'fired', 'pending' from generate_series(0, 69) i`);
  await client.query('vacuum analyze tick_store.market_data, tick_store.alert_logs, tick_store.ingest_batches');
}
