/**
 * `npm run bench -- cold-start`: measures, for each function that serves requests, the size of its bundle, the processor
 * time that a new process takes to import it, and its first and its next invocation. The invocation is a batch of one row
 * for `ingest`, and a 404 for the others. `RUNS` (default 10) sets the number of processes per function.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DriverChoice } from '../../lib/constructs/database/database-access.ts';
import { bundleOf } from '../../lib/constructs/functions/bundle.ts';
import { asJson, eventBytes, makeRows } from './batches.ts';
import { note, stamp, writeResults } from './contest.ts';
import { median, startBenchmarkDatabase } from './support.ts';

const RUNS = Number(process.env['RUNS'] ?? 10);
const ENTRIES = ['ingest', 'read', 'delete', 'restore', 'reference-data', 'health'];

/** Runs in a new process. Prints the times in milliseconds. */
const PROBE = `
const event = JSON.parse(process.env.EVENT);
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const before = cpu();
const { handler } = await import(process.env.ENTRY);
const imported = cpu() - before;
const times = [];
for (let i = 0; i < 6; i++) {
  const began = performance.now();
  await handler(event, { getRemainingTimeInMillis: () => 28000 });
  times.push(performance.now() - began);
}
write(JSON.stringify({ imported, first: times[0], warm: Math.min(...times.slice(1)) }));
process.exit(0);
`;

const database = await startBenchmarkDatabase();
const directory = mkdtempSync(join(tmpdir(), 'tick-store-cold-'));
const probe = join(directory, 'probe.mjs');
writeFileSync(probe, PROBE);
try {
  stamp('cold-start', { PostgreSQL: database.postgresVersion });
  const deployed: DriverChoice = { driver: 'pg', credentials: 'iam' };
  // only here, because the pooler of a benchmark requires a password
  const run = { driver: 'pg', credentials: 'url' } as unknown as DriverChoice;
  for (const entry of ENTRIES) {
    const bundle = join(bundleOf(entry, ENTRIES, run), 'index.mjs');
    const event =
      entry === 'ingest'
        ? eventBytes(asJson(makeRows(1, 0))).toString()
        : JSON.stringify({ routeKey: 'GET /v1/none', rawPath: '/v1/none', headers: {}, requestContext: { http: {} } });
    const runs = Array.from({ length: RUNS }, (): { imported: number; first: number; warm: number } => {
      const environment = {
        ...{ PATH: process.env['PATH'], EVENT: event, ENTRY: pathToFileURL(bundle).href },
        ...{ DATABASE_URL: database.appUrl, ANONYMOUS_ACTOR: 'bench' },
      };
      return JSON.parse(execFileSync(process.execPath, [probe], { env: environment, encoding: 'utf8' }));
    });
    const middle = (of: 'imported' | 'first' | 'warm') => Math.round(median(runs.map((run) => run[of])) * 10) / 10;
    note(entry, {
      kB: Math.round(statSync(join(bundleOf(entry, ENTRIES, deployed), 'index.mjs')).size / 1000),
      'import, ms of processor time': middle('imported'),
      'first invocation ms': middle('first'),
      'next ms': middle('warm'),
    });
  }
  writeResults('cold-start');
} finally {
  rmSync(directory, { recursive: true, force: true });
  await database.stop();
}
