/**
 * A minimal service: `node:http` and `pg` in one process, with `JSON.parse` and one `json_to_recordset` per request. It
 * validates no value, stores no key and returns no receipt. `concurrency.ts` starts it with DATABASE_URL. It prints its
 * port.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { TickRow } from '../batches.ts';

/** As many connections as the ingest function has processes. */
const CONNECTIONS = 10;
const FIELDS = ['price', 'volume', 'bid', 'ask', 'bidSize', 'askSize', 'openPrice', 'highPrice', 'lowPrice'];
const INSERT = `insert into tick_store.market_data (id, "timestamp", instrument_id,
    price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price)
  select id, "timestamp", instrument_id, ${FIELDS.map((field) => `"${field}"`).join()} from json_to_recordset($1)
    as r(id int8, "timestamp" timestamptz, instrument_id int4, ${FIELDS.map((field) => `"${field}" float8`).join()})`;

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: CONNECTIONS });
// the partitions for the benchmarks' ticks; later ones already exist
await pool.query("select tick_store.ensure_partitions('market_data', array[timestamptz '2026-10-15Z'])");
const instruments = await pool.query('select id, symbol from tick_store.instruments');
const ids = new Map<string, number>(instruments.rows.map(({ id, symbol }) => [symbol, id]));
let batches = 2 ** 32;

async function store(request: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { records } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { records: TickRow[] };
  const firstId = batches++ * 65_536;
  const rows = records.map((row, at) => ({ ...row, id: firstId + at, instrument_id: ids.get(row.symbol) }));
  await pool.query(INSERT, [JSON.stringify(rows)]);
}

const server = createServer((request, response) => {
  store(request).then(
    () => response.end('{}'),
    (error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    },
  );
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
