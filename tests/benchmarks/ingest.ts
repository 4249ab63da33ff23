/**
 * `npm run bench -- ingest`: compares the ingest handler, from the bytes of an API Gateway event to the committed receipt,
 * with the fastest ways to insert into the same table: a binary COPY that was encoded beforehand, `json_to_recordset`, and
 * a bare INSERT. None of these has a receipt, a key, validation or a ledger. `ROWS=100,10000` selects sizes.
 */
import {
  asJson,
  connectClient,
  copyContender,
  eventBytes,
  ingest,
  insertContender,
  instrumentIds,
  loadIngest,
  makeRows,
  recordsetContender,
} from './batches.ts';
import { compare, silenceFunctions, stamp, writeResults } from './contest.ts';
import { startBenchmarkDatabase } from './support.ts';

const SIZES = (process.env['ROWS'] ?? '1,100,1000,10000').split(',').map(Number);

silenceFunctions();
const database = await startBenchmarkDatabase();
const client = await connectClient(database.appUrl);
try {
  stamp('ingest', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  const handler = await loadIngest(database.appUrl);
  const ids = await instrumentIds(client);
  // creates the months, which the others need
  await ingest(handler, eventBytes(asJson([...makeRows(1, 0), ...makeRows(1, 60_000)])));
  for (const rows of SIZES) {
    const ours = {
      name: 'the ingest handler',
      prepare: (turn: number) => {
        const bytes = eventBytes(asJson(makeRows(rows, turn)));
        return () => ingest(handler, bytes);
      },
    };
    await compare({
      name: `${rows.toLocaleString('en')} rows per batch`,
      rows,
      rounds: rows >= 1000 ? 25 : 200,
      warmUp: rows >= 10_000 ? 25 : rows >= 1000 ? 200 : 1500,
      contenders: [
        copyContender(client, ids, rows),
        recordsetContender(client, ids, rows),
        ...(rows === 1 ? [insertContender(client, ids)] : []),
        ours,
      ],
    });
  }
  writeResults('ingest');
} finally {
  // connections first: with an open connection, the end of the server would hide the real error
  await client.end();
  await database.stop();
}
process.exit(0);
