/**
 * `npm run bench:ingest`: how fast the ingest handler is compared with the fastest way into the same table.
 *
 * In one run and alternating, on a Postgres and a PgBouncer of its own: the handler of `functions/ingest.ts`, from the bytes
 * of an API Gateway event to the committed receipt, and a binary COPY of the same rows that was encoded beforehand.
 * `ROUNDS` and `ROWS` change how much; nothing fails for being slow.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { commandLine, ExecutionEnvironments } from '@tick-store/local-cloud';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { array } from '../../functions/database/database.ts';
import { COPY_HEADER, COPY_TRAILER, encodeCopyRows } from '../../functions/database/drivers/postgres/binary-format.ts';
import { COPY_TICKS } from '../../functions/market-data/sql/insert-ticks.ts';
import { median, percentile, startBenchmarkDatabase } from './support.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 25);
const WARM_UP = 5;
const ROWS = Number(process.env['ROWS'] ?? 10_000);
const TARGET = 0.7;
const SYMBOLS = ['ES', 'NQ', 'YM', 'RTY', 'CL', 'GC'];

const print = process.stdout.write.bind(process.stdout);
// the handler's own log lines would bury the numbers
process.stdout.write = () => true;

interface Row {
  timestamp: string;
  symbol: string;
  [field: string]: string | number;
}

/** A tick with every field, as a feed sends it. Rounds follow each other in time, as days do. */
function makeRows(count: number, round: number): Row[] {
  const start = Date.UTC(2026, 9, 1) + round * 600_000;
  return Array.from({ length: count }, (_, i) => {
    const price = 4300 + ((i * 7919 + round) % 2000) * 0.25;
    return {
      timestamp: new Date(start + i * 50).toISOString(),
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

const FIELDS = ['price', 'volume', 'bid', 'ask', 'bidSize', 'askSize', 'openPrice', 'highPrice', 'lowPrice'] as const;

interface Contender {
  readonly name: string;
  /** Makes a round's work outside the clock. */
  readonly prepare: (rows: Row[], round: number) => () => Promise<void>;
  readonly times: number[];
}

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;

function makeEvent(body: string | Buffer, contentType: string, query: Record<string, string> = {}): string {
  const isBase64Encoded = typeof body !== 'string';
  return JSON.stringify({
    version: '2.0',
    routeKey: 'POST /v1/market-data',
    rawPath: '/v1/market-data',
    rawQueryString: new URLSearchParams(query).toString(),
    queryStringParameters: query,
    headers: { 'content-type': contentType, ...(isBase64Encoded ? { 'content-encoding': 'gzip' } : {}) },
    requestContext: { http: { method: 'POST', path: '/v1/market-data' } },
    body: isBase64Encoded ? body.toString('base64') : body,
    isBase64Encoded,
  });
}

function handlerContender(
  handler: Handler,
  name: string,
  contentType: string,
  write: (rows: Row[]) => string | Buffer,
  query: Record<string, string> = {},
): Contender {
  return {
    name,
    times: [],
    prepare: (rows) => {
      const bytes = Buffer.from(makeEvent(write(rows), contentType, query));
      return async () => {
        const context = { getRemainingTimeInMillis: () => 28_000 };
        const answer = await handler(JSON.parse(bytes.toString('utf8')), context);
        if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.statusCode} ${answer.body.slice(0, 300)}`);
      };
    },
  };
}

const asJson = (rows: Row[]) => JSON.stringify({ records: rows });
const asCsv = (rows: Row[]) =>
  [Object.keys(rows[0] as Row).join(','), ...rows.map((row) => Object.values(row).join(','))].join('\n');

/** The same with times as vendors write them. */
const inDialect = (rows: Row[]) => asCsv(rows).replace(/(\d{4})-(\d\d)-(\d\d)T([\d:.]+)Z/g, '$3.$2.$1 $4');

/** A COPY that was encoded beforehand, in a transaction of its own, on a connection that stays open. */
function copyContender(client: pg.Client, instruments: ReadonlyMap<string, number>): Contender {
  return {
    name: 'binary COPY, pre-encoded',
    times: [],
    prepare: (rows, round) => {
      const column = (read: (row: Row) => number) => Float64Array.from(rows, read);
      const firstId = (2 ** 32 + round) * 65_536;
      const body = encodeCopyRows([
        array(
          'int8',
          Float64Array.from(rows, (_, i) => firstId + i),
        ),
        array(
          'timestamptz',
          column((row) => Date.parse(row.timestamp) * 1000),
        ),
        array(
          'int4',
          column((row) => instruments.get(row.symbol) as number),
        ),
        ...FIELDS.map((field) =>
          array(
            'float8',
            column((row) => row[field] as number),
          ),
        ),
        array('int8', new Float64Array(rows.length).fill(Number.NaN)),
      ]);
      const bytes = Buffer.concat([COPY_HEADER, body, COPY_TRAILER]);
      return () =>
        new Promise((resolve, reject) => {
          const stream = client.query(copyFrom(COPY_TICKS));
          stream.once('finish', resolve).once('error', reject);
          // the size that is fastest through PgBouncer: one write is 5 % slower
          for (let from = 0; from < bytes.length; from += 131_072) stream.write(bytes.subarray(from, from + 131_072));
          stream.end();
        });
    },
  };
}

function report({ name, times }: Contender, copyMs: number, rows: number): void {
  const ms = median(times);
  const rate = Math.round((rows / ms) * 1000).toLocaleString('en');
  const spread = [0.5, 0.95, 0.99].map((p) => percentile(times, p).toFixed(1).padStart(7)).join(' ');
  print(
    `${name.padEnd(34)} ${rate.padStart(9)} rows/s   p50/p95/p99 ms ${spread}   share of COPY ${(copyMs / ms).toFixed(2)}\n`,
  );
}

/** A batch of the most records there may be, in a real execution environment: its peak resident memory. */
async function measureMemory(databaseUrl: string): Promise<void> {
  const environments = new ExecutionEnvironments({
    functions: [
      {
        name: 'ingest',
        entry: fileURLToPath(new URL('../../functions/ingest.ts', import.meta.url)),
        environment: { DATABASE_URL: databaseUrl, ANONYMOUS_ACTOR: 'bench' },
        timeoutMs: 28_000,
        memoryMb: 512,
      },
    ],
    concurrency: 1,
    queueTimeoutMs: 1_000,
  });
  try {
    for (const sequenced of [false, true]) {
      const rows = makeRows(65_536, 2_000).map((row, i) => (sequenced ? { ...row, sequence: i } : row));
      const event = makeEvent(gzipSync(asJson(rows)), 'application/json');
      const started = performance.now();
      const result = await environments.invokeSerialized('ingest', event);
      const ms = performance.now() - started;
      const ok = result.ok && (result.payload as { statusCode: number }).statusCode === 200;
      const pid = readdirSync('/proc').find(
        (name) => /^\d+$/.test(name) && commandLine(Number(name))?.includes('functions/ingest.ts'),
      );
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const what = sequenced ? 'with sequences' : 'without';
      print(
        `65,536 records, gzip, ${what}: ${ok ? 'stored' : JSON.stringify(result).slice(0, 300)} in ${ms.toFixed(0)} ms, `,
      );
      print(`peak resident ${(Number(peak) / 1024).toFixed(0)} MB (limit 512)\n`);
    }
  } finally {
    await environments.stop();
  }
}

const database = await startBenchmarkDatabase();
const client = new pg.Client({ connectionString: database.appUrl });
await client.connect();
try {
  process.env['DATABASE_URL'] = database.appUrl;
  process.env['ANONYMOUS_ACTOR'] = 'bench';
  const { handler } = (await import('../../functions/ingest.ts')) as unknown as { handler: Handler };
  const { rows: known } = await client.query('select id, symbol from tick_store.instruments');
  const copy = copyContender(client, new Map(known.map((row) => [row.symbol, row.id])));
  const json = handlerContender(handler, 'handler, JSON', 'application/json', asJson);
  const sequence = (rows: Row[]) => rows.map((row, i) => ({ ...row, sequence: i }));
  const contenders = [
    copy,
    json,
    handlerContender(handler, 'handler, JSON, gzip', 'application/json', (rows) =>
      gzipSync(asJson(rows), { level: 6 }),
    ),
    handlerContender(handler, 'handler, NDJSON', 'application/x-ndjson', (rows) =>
      rows.map((row) => JSON.stringify(row)).join('\n'),
    ),
    handlerContender(handler, 'handler, CSV', 'text/csv', asCsv),
    handlerContender(handler, 'handler, CSV in a dialect', 'text/csv', inDialect, {
      timeFormat: 'dd.MM.yyyy HH:mm:ss.SSS',
      timeZone: 'America/New_York',
    }),
    handlerContender(handler, 'handler, JSON with sequences', 'application/json', (rows) => asJson(sequence(rows))),
  ];
  const only = process.env['ONLY']?.split(';');
  const chosen = contenders.filter(({ name }) => only === undefined || only.some((part) => name === part));
  print(`${cpus()[0]?.model}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB; `);
  print(`node ${process.version}, PostgreSQL ${database.postgresVersion}, PgBouncer ${database.poolerVersion}\n`);
  print(`${ROUNDS} rounds after ${WARM_UP} to warm up, ${ROWS} rows a batch\n\n`);
  // makes the month, which COPY needs to be there
  await json.prepare(makeRows(1, 0), 0)();
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [place, contender] of chosen.entries()) {
      const turn = (round + WARM_UP) * contenders.length + place;
      const work = contender.prepare(makeRows(ROWS, turn), turn);
      const started = performance.now();
      await work();
      if (round >= 0) contender.times.push(performance.now() - started);
    }
  }
  const copyMs = median(copy.times);
  for (const contender of chosen) report(contender, copyMs, ROWS);
  // the ratio of each group of five neighbouring rounds shows how much of it is the machine's mood
  const groups: number[] = [];
  for (let from = 0; from + 5 <= json.times.length; from += 5)
    groups.push(median(copy.times.slice(from, from + 5)) / median(json.times.slice(from, from + 5)));
  const ratio = copyMs / median(json.times);
  const spread =
    groups.length === 0
      ? ''
      : ` (medians of 5 rounds: ${Math.min(...groups).toFixed(2)} to ${Math.max(...groups).toFixed(2)})`;
  print(`\nhandler / COPY: ${ratio.toFixed(2)}${spread}; `);
  print(`target ${TARGET}: ${ratio >= TARGET ? 'reached' : 'NOT reached'}\n`);
  if (only === undefined) await measureMemory(database.appUrl);
} finally {
  // first: an open connection would hide what went wrong behind the end of the server
  await client.end();
  await database.stop();
}
process.exit(0);
