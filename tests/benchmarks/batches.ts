import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { array } from '../../functions/database/database.ts';
import { COPY_HEADER, COPY_TRAILER, encodeCopyRows } from '../../functions/database/drivers/postgres/binary-format.ts';
import { COPY_TICKS } from '../../functions/market-data/sql/insert-ticks.ts';
import type { Contender } from './contest.ts';

/** The batches of the ingest benchmarks, and the fastest ways to insert into the same table without this service. */

export const SYMBOLS = ['ES', 'NQ', 'YM', 'RTY', 'CL', 'GC'];

export interface TickRow {
  timestamp: string;
  symbol: string;
  [field: string]: string | number;
}

/** Ticks with every field except the sequence, as a feed sends them. Turns follow each other in time, as days do. */
export function makeRows(count: number, turn: number): TickRow[] {
  const start = Date.UTC(2026, 9, 1) + turn * 60_000;
  return Array.from({ length: count }, (_, i) => {
    const price = 4300 + ((i * 7919 + turn) % 2000) * 0.25;
    return {
      timestamp: new Date(start + i * 5).toISOString(),
      symbol: SYMBOLS[i % SYMBOLS.length] as string,
      price,
      volume: (i % 40) + 1,
      bid: price - 0.25,
      ask: price + 0.25,
      bidSize: (i % 90) + 1,
      askSize: (i % 70) + 1,
      openPrice: price - 0.5,
      highPrice: price + 1.25,
      lowPrice: price - 1.75,
    };
  });
}

export const asJson = (rows: readonly TickRow[]): string => JSON.stringify({ records: rows });
export const asLines = (rows: readonly TickRow[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
export const asCsv = (rows: readonly TickRow[]): string =>
  [Object.keys(rows[0] ?? {}).join(','), ...rows.map((row) => Object.values(row).join(','))].join('\n');

/** The bytes of an API Gateway event, as a function receives it. */
export function eventBytes(
  body: string | Buffer,
  contentType = 'application/json',
  query: Record<string, string> = {},
): Buffer {
  const isBase64Encoded = typeof body !== 'string';
  const event = {
    version: '2.0',
    routeKey: 'POST /v1/market-data',
    rawPath: '/v1/market-data',
    rawQueryString: new URLSearchParams(query).toString(),
    queryStringParameters: query,
    headers: { 'content-type': contentType, ...(isBase64Encoded ? { 'content-encoding': 'gzip' } : {}) },
    requestContext: { http: { method: 'POST', path: '/v1/market-data' } },
    body: isBase64Encoded ? body.toString('base64') : body,
    isBase64Encoded,
  };
  return Buffer.from(JSON.stringify(event));
}

/** A function's handler. */
export type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;

/** The ingest function in this process, through a pooler. */
export async function loadIngest(appUrl: string): Promise<Handler> {
  process.env['DATABASE_URL'] = appUrl;
  process.env['ANONYMOUS_ACTOR'] = 'bench';
  return ((await import('../../functions/ingest.ts')) as unknown as { handler: Handler }).handler;
}

/** Runs the handler, from the bytes of its event to the committed receipt. @throws Error for any status but 200 */
export async function ingest(handler: Handler, bytes: Buffer): Promise<void> {
  const context = { getRemainingTimeInMillis: () => 28_000 };
  const response = await handler(JSON.parse(bytes.toString('utf8')), context);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body.slice(0, 300)}`);
}

const FIELDS = ['price', 'volume', 'bid', 'ask', 'bidSize', 'askSize', 'openPrice', 'highPrice', 'lowPrice'] as const;
const COLUMNS = 'price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price';

/** The ids of the benchmark's instruments. */
export async function instrumentIds(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query('select id, symbol from tick_store.instruments');
  return new Map(rows.map((row) => [row.symbol, row.id]));
}

/** Ids that no batch uses. */
const firstIdOf = (turn: number): number => (2 ** 32 + turn) * 65_536;

/** The upper limit: a binary COPY that was encoded beforehand, in its own transaction, on a connection that stays open. */
export const copyContender = (client: pg.Client, ids: ReadonlyMap<string, number>, count: number): Contender => ({
  name: 'binary COPY, encoded beforehand',
  prepare: (turn) => {
    const bytes = encodedRows(makeRows(count, turn), ids, firstIdOf(turn));
    return () =>
      new Promise((resolve, reject) => {
        const stream = client.query(copyFrom(COPY_TICKS));
        stream.once('finish', resolve).once('error', reject);
        // the fastest size through PgBouncer: a single write is 5 % slower
        for (let from = 0; from < bytes.length; from += 131_072) stream.write(bytes.subarray(from, from + 131_072));
        stream.end();
      });
  },
});

function encodedRows(rows: readonly TickRow[], ids: ReadonlyMap<string, number>, firstId: number): Buffer {
  const column = (read: (row: TickRow, at: number) => number) => Float64Array.from(rows, read);
  const columns = [
    array(
      'int8',
      column((_, at) => firstId + at),
    ),
    array(
      'timestamptz',
      column((row) => Date.parse(row.timestamp) * 1000),
    ),
    array(
      'int4',
      column((row) => ids.get(row.symbol) as number),
    ),
    ...FIELDS.map((field) =>
      array(
        'float8',
        column((row) => row[field] as number),
      ),
    ),
    array('int8', new Float64Array(rows.length).fill(Number.NaN)),
  ];
  return Buffer.concat([COPY_HEADER, encodeCopyRows(columns), COPY_TRAILER]);
}

/** `json_to_recordset` by bare `pg`, without a receipt, a key or validation. */
export const recordsetContender = (client: pg.Client, ids: ReadonlyMap<string, number>, count: number): Contender => ({
  name: 'pg, json_to_recordset, no receipt',
  prepare: (turn) => {
    const rows = makeRows(count, turn);
    const names = FIELDS.map((field) => `"${field}"`);
    const text = `insert into tick_store.market_data (id, "timestamp", instrument_id, ${COLUMNS})
      select id, "timestamp", instrument_id, ${names.join()} from json_to_recordset($1)
        as r(id int8, "timestamp" timestamptz, instrument_id int4, ${names.map((name) => `${name} float8`).join()})`;
    return () => {
      const named = rows.map((row, at) => ({ ...row, id: firstIdOf(turn) + at, instrument_id: ids.get(row.symbol) }));
      return client.query(text, [JSON.stringify(named)]);
    };
  },
});

/** One bare INSERT of one row. */
export const insertContender = (client: pg.Client, ids: ReadonlyMap<string, number>): Contender => ({
  name: 'pg, one bare INSERT, no receipt',
  prepare: (turn) => {
    const [row] = makeRows(1, turn) as [TickRow];
    const values = [firstIdOf(turn), row.timestamp, ids.get(row.symbol), ...FIELDS.map((field) => row[field])];
    const text = `insert into tick_store.market_data (id, "timestamp", instrument_id, ${COLUMNS})
      values (${values.map((_, at) => `$${at + 1}`).join()})`;
    return () => client.query(text, values);
  },
});

/** A connection through the pooler, independent of the service. */
export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
