/**
 * `npm run bench -- indexes`: compares the current table of ticks with that of release 0.1.0 and with the original indexes,
 * in one run. It measures COPY into each, the cost of each index, the size of a tick, and the times of reads. The numbers
 * of docs/schema.md come from it. It takes about four minutes with 3 million ticks, and twelve with `TICKS=10000000`.
 * `PARTS=inserts` or `PARTS=reads` runs only that part.
 */
import { cpus } from 'node:os';
import pg from 'pg';
import { startBenchmarkDatabase } from './support.ts';
import { compareCopyRates } from './table-designs/copy-rates.ts';
import { compareReads, loadTicks } from './table-designs/reads.ts';

const parts = (process.env['PARTS'] ?? 'inserts,reads').split(',');
const print = (line: string) => console.log(line);
const database = await startBenchmarkDatabase();
const client = new pg.Client({ connectionString: database.superuserUrl });
try {
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const [cpu] = cpus();
  print(`PostgreSQL ${database.postgresVersion}, Node ${process.version}, ${cpus().length} x ${cpu?.model}`);
  if (parts.includes('inserts')) await compareCopyRates(client, print);
  if (parts.includes('reads')) {
    await loadTicks(client, print);
    await compareReads(client, print);
  }
} finally {
  await client.end();
  await database.stop();
}
