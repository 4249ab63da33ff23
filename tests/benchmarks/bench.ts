/** `npm run bench -- NAME`: runs a benchmark. Without a name, or with an unknown one, it lists them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What each benchmark compares, and its file. */
const BENCHMARKS: Readonly<Record<string, readonly [file: string, what: string]>> = {
  ingest: ['ingest.ts', 'the ingest handler with COPY, json_to_recordset and INSERT, by batch size'],
  formats: ['formats.ts', 'JSON, gzip, NDJSON, CSV and sequences; the memory of the largest batch'],
  concurrency: [
    'concurrency.ts',
    '1, 4 and 8 clients over HTTP on a service as npm start runs it, and on a bare node:http server',
  ],
  overload: [
    'overload.ts',
    'up to 500 clients that time out after 2 s and retry: acknowledged batches, each stored once',
  ],
  fairness: ['fairness.ts', 'requests of one row next to clients that send the largest batches'],
  reads: ['reads.ts', 'pages, the newest ticks of many instruments, one tick'],
  bars: [
    'bars.ts',
    'bars of a year, of time zones and of a changed day of a million ticks, with plain SQL over the ticks',
  ],
  rollups: ['rollups.ts', 'what recording days for roll-ups costs ingest: with and without, alternately'],
  deletes: ['deletes.ts', 'a deletion and its undo with a bare UPDATE of the same rows'],
  scale: ['scale.ts', 'ingest and reads as the table grows; bytes per tick'],
  'cold-start': ['cold-start.ts', 'the size of each bundle, its import, its first and its next invocation'],
  indexes: ['table-designs.ts', "today's table with earlier designs; the source of docs/schema.md"],
  'insert-ways': ['insert-ways.ts', 'ways to insert, and what each index of alert logs costs; docs/schema.md'],
  backends: ['backends.ts', 'the same requests on each database backend; the source of docs/backends.md'],
  peers: ['peers.ts', 'query builders and clients of Postgres in their bulk idioms; InfluxDB over HTTP'],
  import: ['import.ts', 'tick-store import of six layouts with the same batches posted by hand'],
  sender: ['', '10 minutes of 5,000 ticks per second while processes are killed, every tick once'],
};

const [name = '', ...more] = process.argv.slice(2);
const chosen = BENCHMARKS[name];
if (chosen === undefined) {
  const lines = Object.entries(BENCHMARKS).map(([each, [, what]]) => `  ${each.padEnd(12)} ${what}`);
  console.log(`npm run bench -- NAME\n${lines.join('\n')}`);
  process.exit(name === '' ? 0 : 1);
}
const SENDER = ['run', '--config', 'tests/e2e/vitest.config.ts', 'sender'];
const { status } =
  name === 'sender'
    ? spawnSync('vitest', [...SENDER, ...more], {
        stdio: 'inherit',
        env: { SENDER_SECONDS: '600', SENDER_RATE: '5000', ...process.env },
      })
    : spawnSync(process.execPath, [join(import.meta.dirname, chosen[0]), ...more], { stdio: 'inherit' });
process.exit(status ?? 1);
