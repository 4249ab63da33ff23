/**
 * `npm run bench -- insert-ways`: compares ways to insert 10,000 ticks. It also measures what each index of alert logs
 * costs an insert and saves a query, and what many partitions cost a read. The numbers of docs/schema.md come from it. It
 * takes about three minutes. `PARTS=inserts`, `PARTS=ways` or `PARTS=queries` runs only that part.
 */
import { cpus } from 'node:os';
import pg from 'pg';
import { measureAlertInserts } from './insert-ways/alert-inserts.ts';
import { loadRows } from './insert-ways/load-rows.ts';
import { measurePartitions } from './insert-ways/partitions.ts';
import { measureQueries } from './insert-ways/queries.ts';
import { measureWaysIn } from './insert-ways/ways-in.ts';
import { startBenchmarkDatabase } from './support.ts';

const print = (line: string) => console.log(line);
const database = await startBenchmarkDatabase();
const client = new pg.Client({ connectionString: database.superuserUrl });
await client.connect();

try {
  print(`${cpus()[0]?.model}, ${cpus().length} cores; node ${process.version}, PostgreSQL ${database.postgresVersion}`);
  await client.query(`set timezone = 'UTC'`);
  await client.query(`insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold)
    select 'warm ' || i, 1, 'threshold', 'above', i from generate_series(1, 20) i`);
  const parts = process.env['PARTS']?.split(',') ?? ['inserts', 'ways', 'queries'];
  if (parts.includes('inserts')) {
    await measureAlertInserts(client, print);
  }
  if (parts.includes('ways')) await measureWaysIn(client, print);
  if (parts.includes('queries')) {
    await loadRows(client);
    await measureQueries(client, print);
    await measurePartitions(client, print);
  }
} finally {
  await client.end();
  await database.stop();
}
process.exit(0);
