/**
 * `npm run bench -- ingest`: the ingest handler, from the bytes of an API Gateway event to the committed receipt, next to the fastest
 * ways into the same table: a binary COPY that was encoded beforehand, `json_to_recordset`, a bare INSERT. None of these has a
 * receipt, a key, a check of a field or a ledger. `ROWS=100,10000` chooses sizes.
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
  // makes the months, which the others need to be there
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
  // first: an open connection would hide what went wrong behind the end of the server
  await client.end();
  await database.stop();
}
process.exit(0);
