/**
 * `npm run bench -- indexes`: today's table of ticks next to that of release 0.1.0 and the seed's index set, in one run: what COPY costs into
 * each, what each index costs, how large a tick is, and how long the reads take. The numbers of docs/schema.md come from it. About four
 * minutes at 3 million ticks (`TICKS=10000000`: twelve); `PARTS=inserts` or `PARTS=reads` does a part.
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
