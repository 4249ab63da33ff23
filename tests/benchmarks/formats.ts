/**
 * `npm run bench -- formats`: sends one batch of 10,000 rows through the ingest handler as JSON, NDJSON, CSV, in a vendor's
 * dialect, compressed, and with sequences. Then it measures the memory of the largest possible batch in a separate process.
 * `ROWS` changes the size.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { commandLine, ExecutionEnvironments } from '@tick-store/local-cloud';
import {
  asCsv,
  asJson,
  asLines,
  connectClient,
  copyContender,
  eventBytes,
  ingest,
  instrumentIds,
  loadIngest,
  makeRows,
  type TickRow,
} from './batches.ts';
import { type Contender, compare, note, silenceFunctions, stamp, writeResults } from './contest.ts';
import { startBenchmarkDatabase } from './support.ts';

const ROWS = Number(process.env['ROWS'] ?? 10_000);

const sequenced = (rows: readonly TickRow[]) => rows.map((row, sequence) => ({ ...row, sequence }));
/** The same rows with times in a vendor's format. */
const inDialect = (rows: readonly TickRow[]) => asCsv(rows).replace(/(\d{4})-(\d\d)-(\d\d)T([\d:.]+)Z/g, '$3.$2.$1 $4');
const DIALECT = { timeFormat: 'dd.MM.yyyy HH:mm:ss.SSS', timeZone: 'America/New_York' };

silenceFunctions();
const database = await startBenchmarkDatabase();
const client = await connectClient(database.appUrl);

/** The peak resident memory of a real execution environment with a batch of the maximum number of records. */
async function measureMemory(): Promise<void> {
  const entry = fileURLToPath(new URL('../../functions/ingest.ts', import.meta.url));
  const environment = { DATABASE_URL: database.appUrl, ANONYMOUS_ACTOR: 'bench' };
  const environments = new ExecutionEnvironments({
    functions: [{ name: 'ingest', entry, environment, timeoutMs: 28_000, memoryMb: 512 }],
    concurrency: 1,
    queueTimeoutMs: 1_000,
  });
  try {
    for (const [what, rows] of [
      ['without sequences', makeRows(65_536, 2_000)],
      ['with sequences', sequenced(makeRows(65_536, 2_100))],
    ] as const) {
      const event = eventBytes(gzipSync(asJson(rows))).toString();
      const started = performance.now();
      const result = await environments.invokeSerialized('ingest', { json: event });
      const ms = Math.round(performance.now() - started);
      if (!result.ok || (result.payload as { statusCode: number }).statusCode !== 200)
        throw new Error(JSON.stringify(result).slice(0, 300));
      const pid = readdirSync('/proc').find(
        (name) => /^\d+$/.test(name) && commandLine(Number(name))?.includes('functions/ingest.ts'),
      );
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      note(`65,536 records, gzip, ${what}`, { ms, 'peak resident MB (limit 512)': Math.round(Number(peak) / 1024) });
    }
  } finally {
    await environments.stop();
  }
}

try {
  stamp('formats', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  const handler = await loadIngest(database.appUrl);
  const contender = (
    name: string,
    contentType: string,
    body: (rows: TickRow[]) => string | Buffer,
    query: Record<string, string> = {},
  ): Contender => ({
    name,
    prepare: (turn) => {
      const bytes = eventBytes(body(makeRows(ROWS, turn)), contentType, query);
      return () => ingest(handler, bytes);
    },
  });
  await ingest(handler, eventBytes(asJson(makeRows(1, 0))));
  await compare({
    name: `${ROWS.toLocaleString('en')} rows per batch`,
    rows: ROWS,
    reference: 'JSON',
    contenders: [
      copyContender(client, await instrumentIds(client), ROWS),
      contender('JSON', 'application/json', asJson),
      contender('JSON, gzip', 'application/json', (rows) => gzipSync(asJson(rows), { level: 6 })),
      contender('JSON with sequences', 'application/json', (rows) => asJson(sequenced(rows))),
      contender('NDJSON', 'application/x-ndjson', asLines),
      contender('CSV', 'text/csv', asCsv),
      contender('CSV in a dialect', 'text/csv', inDialect, DIALECT),
    ],
  });
  await measureMemory();
  writeResults('formats');
} finally {
  await client.end();
  await database.stop();
}
process.exit(0);
