/**
 * `npm run bench -- scale`: measures the ingest handler and a page of one instrument as the table grows, and the size of a
 * tick. `SIZES=0,1,3` sets the sizes in millions of rows.
 */
import {
  asJson,
  connectClient,
  copyContender,
  eventBytes,
  ingest,
  instrumentIds,
  loadIngest,
  makeRows,
} from './batches.ts';
import { compare, note, silenceFunctions, stamp, writeResults } from './contest.ts';
import { fillTicks } from './fill-ticks.ts';
import { startBenchmarkDatabase } from './support.ts';

const SIZES = (process.env['SIZES'] ?? '0,1,3').split(',').map(Number);
const ROWS = 10_000;

silenceFunctions();
const database = await startBenchmarkDatabase();
const owner = await connectClient(database.superuserUrl);
const client = await connectClient(database.appUrl);
try {
  stamp('scale', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  const handler = await loadIngest(database.appUrl);
  const ids = await instrumentIds(client);
  await ingest(handler, eventBytes(asJson(makeRows(1, 0))));
  let stored = 0;
  for (const [stage, millions] of SIZES.entries()) {
    const wanted = millions * 1_000_000;
    if (wanted > stored) await fillTicks(owner, { ticks: wanted - stored, instruments: 500, months: 6 });
    stored = wanted;
    await compare({
      name: `${ROWS.toLocaleString('en')} rows per batch into ${millions} M rows`,
      rows: ROWS,
      contenders: [
        copyContender(client, ids, ROWS),
        {
          name: 'the ingest handler',
          prepare: (turn) => {
            const bytes = eventBytes(asJson(makeRows(ROWS, turn + stage * 100)));
            return () => ingest(handler, bytes);
          },
        },
      ],
    });
    const [size] = (
      await owner.query(`select sum(pg_table_size(c.oid))::float8 as heap, sum(pg_indexes_size(c.oid))::float8 as indexes,
          (select count(*)::float8 from tick_store.market_data) as rows
          from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'tick_store.market_data'::regclass`)
    ).rows;
    note(`${(size.rows / 1e6).toFixed(1)} M rows stored`, {
      'heap bytes per tick': Math.round(size.heap / size.rows),
      'index bytes per tick': Math.round(size.indexes / size.rows),
    });
  }
  writeResults('scale');
} finally {
  await client.end();
  await owner.end();
  await database.stop();
}
process.exit(0);
