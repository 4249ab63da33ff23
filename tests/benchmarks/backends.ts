/**
 * `npm run bench -- backends`: compares the database backends, on one Postgres behind one PgBouncer and the local
 * endpoints. Each backend has its own service, as `npm start` runs it: HTTP, one execution environment per function.
 * Backends alternate within each round, so that other load affects all of them. The benchmark does not fail if something is
 * slow.
 *
 * It then measures what decides the Neon driver's threshold: the transactions of an ingest over HTTP and over the
 * WebSocket, by size.
 *
 * `ROUNDS` and `ONLY` (names of backends, comma-separated) limit the run. docs/backends.md explains the numbers.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ExecutionEnvironments, startHttpApi } from '@tick-store/local-cloud';
import pg from 'pg';
import { endpoints } from '../../functions/contract/endpoints.ts';
import { routeKey } from '../../functions/contract/route.ts';
import { array, type Database, type Statement } from '../../functions/database/database.ts';
import { NeonDatabase } from '../../functions/database/drivers/neon/neon-database.ts';
import { findReceipt, insertBatch, type LedgerEntry } from '../../functions/ledger/sql/batch-ledger.ts';
import { insertTicks } from '../../functions/market-data/sql/insert-ticks.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { LIMITS } from '../support/backends/access.ts';
import { BACKEND_NAMES, type BackendName, connectBy } from '../support/backends/backends.ts';
import { type BenchmarkDatabase, median, percentile, startBenchmarkDatabase } from './support.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 25);
const WARM_UP = 5;
const SYMBOLS = ['ES', 'NQ', 'YM', 'RTY', 'CL', 'GC'];
const CHOSEN = BACKEND_NAMES.filter((name) => process.env['ONLY']?.split(',').includes(name) ?? true);

const print = (line: string) => process.stdout.write(`${line}\n`);

/** Where the ticks of each round begin: rounds follow each other in time, as days do. */
let round = 0;

/** A tick with every field, as a feed sends it. */
function makeRows(count: number) {
  const start = Date.UTC(2026, 9, 1) + round++ * 600_000;
  return Array.from({ length: count }, (_, i) => {
    const price = 4300 + ((i * 7919 + round) % 2000) * 0.25;
    return {
      timestamp: new Date(start + i * 50).toISOString(),
      symbol: SYMBOLS[i % SYMBOLS.length],
      ...{ price, volume: (i % 40) + 1, bid: price - 0.25, ask: price + 0.25, bidSize: (i % 90) + 1 },
      ...{ askSize: (i % 70) + 1, openPrice: price - 0.5, highPrice: price + 1.25, lowPrice: price - 1.75 },
    };
  });
}

interface Contender {
  readonly name: BackendName;
  readonly url: string;
  /** An id of the last stored batch. */
  lastId: number;
  stop(): Promise<void>;
}

async function startContender(name: BackendName, database: BenchmarkDatabase): Promise<Contender> {
  const backend = await connectBy(name, { name: 'tick_store', appUrl: database.appUrl, ownerUrl: database.ownerUrl });
  const environments = new ExecutionEnvironments({
    functions: ['ingest', 'read'].map((entry) => ({
      name: entry,
      entry: fileURLToPath(new URL(`../../functions/${entry}.ts`, import.meta.url)),
      environment: { ...backend.environment, ANONYMOUS_ACTOR: 'bench' },
      timeoutMs: 28_000,
      memoryMb: 512,
    })),
    concurrency: 1,
    queueTimeoutMs: 1_000,
  });
  const served = Object.values(endpoints).filter((one) => environments.functionNames.includes(one.function));
  const api = await startHttpApi({
    routes: served.map((one) => ({ routeKey: routeKey(one), functionName: one.function })),
    environments,
    port: 0,
    print: () => undefined,
  });
  const stop = async () => {
    await api.stop();
    await backend.stop();
  };
  return { name, url: api.url, lastId: 0, stop };
}

async function ask(contender: Contender, path: string, body?: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(contender.url + path, body === undefined ? {} : { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${contender.name}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

/** One kind of request. The time of `prepare` is not measured. */
interface Work {
  readonly name: string;
  /** The number of rows that it writes, for the rate; absent for a read. */
  readonly rows?: number;
  prepare(contender: Contender): () => Promise<unknown>;
}

const ingest = (rows: number): Work => ({
  name: `ingest of ${rows.toLocaleString('en')}`,
  rows,
  prepare: (contender) => {
    const body = JSON.stringify({ records: makeRows(rows) });
    return async () => {
      contender.lastId = JSON.parse(await ask(contender, '/v1/market-data', body)).firstId;
    };
  },
});
const read = (name: string, pathOf: (contender: Contender) => string): Work => ({
  name,
  prepare: (contender) => () => ask(contender, pathOf(contender)),
});

const INGESTS = [ingest(100), ingest(1_000), ingest(10_000)];
const READS = [
  read('a tick by its id', ({ lastId }) => `/v1/market-data/${lastId}`),
  read('the latest of six', () => `/v1/market-data/latest?symbols=${SYMBOLS.join()}`),
  read('a page of 100', () => '/v1/market-data?symbol=ES&limit=100'),
  read('a page of 10,000', () => '/v1/market-data?symbol=ES&limit=10000'),
];
const WORKS = [...INGESTS, ...READS];

async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  await client.end();
}

function report(what: string, times: readonly number[], rows?: number): void {
  const spread = [0.5, 0.95, 0.99].map((share) => percentile(times, share).toFixed(1).padStart(8)).join('');
  const rate = rows === undefined ? '' : `${Math.round((rows / median(times)) * 1000).toLocaleString('en')} rows/s`;
  print(`${what.padEnd(40)}${spread}   ${rate}`);
}

async function compareRoutes(database: BenchmarkDatabase): Promise<void> {
  const contenders: Contender[] = [];
  try {
    for (const name of CHOSEN) contenders.push(await startContender(name, database));
    print(`\n${'each request of a client'.padEnd(40)}  p50 ms  p95 ms  p99 ms`);
    for (const work of WORKS) {
      // as autovacuum would do later
      if (work === READS[0]) await vacuum(database.superuserUrl);
      const times = new Map<BackendName, number[]>(CHOSEN.map((name) => [name, []]));
      for (let turn = -WARM_UP; turn < ROUNDS; turn++) {
        for (const contender of contenders) {
          const run = work.prepare(contender);
          const started = performance.now();
          await run();
          if (turn >= 0) times.get(contender.name)?.push(performance.now() - started);
        }
      }
      for (const [name, measured] of times) report(`${work.name}, ${name}`, measured, work.rows);
    }
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

/** The transaction of an ingest on a backend without COPY, with statements of a thousand rows. */
function transactionOf(rows: number): Statement[] {
  const entry: LedgerEntry = {
    target: 'market_data',
    ...{ actor: 'bench', keyScope: 'bench', barLength: 0, idempotencyKey: randomUUID(), payloadHash: randomBytes(32) },
    ...{ invocationId: randomUUID(), received: rows, accepted: rows, rejected: 0 },
    ...{ minTime: '2026-10-01T00:00:00Z', maxTime: '2026-12-01T00:00:00Z', receipt: '' },
    touched: { instruments: Int32Array.of(1), days: Int32Array.of(20_362) },
  };
  const start = Date.UTC(2026, 9, 1) * 1000 + round++ * 600_000_000;
  const statements = [insertBatch(entry)];
  for (let from = 0; from < rows; from += 1000) {
    const column = (read: (row: number) => number) =>
      Float64Array.from({ length: Math.min(1000, rows - from) }, (_, i) => read(from + i));
    statements.push(
      insertTicks(entry, {
        indexes: array(
          'int4',
          column((row) => row),
        ),
        timestamps: array(
          'timestamptz',
          column((row) => start + row * 50_000),
        ),
        instruments: array(
          'int4',
          column((row) => 1 + (row % 6)),
        ),
        fields: [
          ...Array.from({ length: 9 }, (_, field) =>
            array(
              'float8',
              column((row) => 4300 + ((row * 7919 + field) % 2000) * 0.25),
            ),
          ),
          array(
            'int8',
            column(() => Number.NaN),
          ),
        ],
      }),
    );
  }
  return [...statements, findReceipt(entry, entry.receipt.length)];
}

async function compareNeonsWays(database: BenchmarkDatabase): Promise<void> {
  const backend = await connectBy('neon', { name: 'tick_store', appUrl: database.appUrl, ownerUrl: database.ownerUrl });
  const endpoint = backend.environment['NEON_ENDPOINT'];
  const over = (socketFromBytes: number) =>
    new NeonDatabase({ ...LIMITS, url: database.appUrl, endpoint, socketFromBytes });
  const ways: [string, Database][] = [
    ['HTTP', over(Number.POSITIVE_INFINITY)],
    ['WebSocket', over(0)],
  ];
  print(`\n${'the transaction of an ingest on Neon'.padEnd(40)}  p50 ms  p95 ms  p99 ms`);
  for (const rows of [1, 100, 1_000, 3_000, 10_000, 30_000]) {
    const times = new Map<string, number[]>(ways.map(([name]) => [name, []]));
    for (let turn = -2; turn < ROUNDS; turn++) {
      for (const [name, way] of ways) {
        const statements = transactionOf(rows);
        const started = performance.now();
        await way.transaction(statements, { deadline: Date.now() + 28_000, idempotent: true });
        if (turn >= 0) times.get(name)?.push(performance.now() - started);
      }
    }
    for (const [name, measured] of times) report(`${rows.toLocaleString('en')} rows, ${name}`, measured, rows);
  }
  for (const [, way] of ways) await way.close();
  await backend.stop();
}

const database = await startBenchmarkDatabase();
try {
  const { dependencies } = packageFile;
  print(
    `${cpus()[0]?.model}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB; node ${process.version}`,
  );
  print(
    `PostgreSQL ${database.postgresVersion}, PgBouncer ${database.poolerVersion}, pg ${dependencies.pg}, ` +
      `@neondatabase/serverless ${dependencies['@neondatabase/serverless']}, ` +
      `@aws-sdk/client-rds-data ${dependencies['@aws-sdk/client-rds-data']}`,
  );
  print(
    `${ROUNDS} rounds after ${WARM_UP} to warm up; backends take turns; load of the machine before: ${loadavg()[0]?.toFixed(1)}`,
  );
  await compareRoutes(database);
  if (CHOSEN.includes('neon')) await compareNeonsWays(database);
} finally {
  await database.stop();
}
process.exit(0);
