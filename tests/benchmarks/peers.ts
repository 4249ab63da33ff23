/**
 * `npm run bench -- peers`: compares the ingest handler with query builders and clients in their documented bulk idioms,
 * after JSON.parse and zod, through the same PgBouncer into the same table. Their packages are installed separately, by
 * `npm ci --prefix tests/benchmarks/peers`. `ROWS=100,10000` selects sizes. Then it compares InfluxDB over HTTP, if it is
 * on the PATH, with a service as `npm start` runs it. `PEERS=clients` or `PEERS=influxdb` runs one of the two.
 */
import { existsSync, readFileSync } from 'node:fs';
import { asJson, connectClient, eventBytes, ingest, instrumentIds, loadIngest, makeRows } from './batches.ts';
import { compare, note, print, silenceFunctions, stamp, writeResults } from './contest.ts';
import { compareOverHttp } from './peers/over-http.ts';
import { startBenchmarkDatabase } from './support.ts';

const SIZES = (process.env['ROWS'] ?? '100,1000,10000').split(',').map(Number);
const FOLDER = new URL('./peers/', import.meta.url);
const { PEERS = 'clients,influxdb' } = process.env;

/** `openPeers` of peers/contenders.mjs. */
type OpenPeers = (
  url: string,
  ids: ReadonlyMap<string, number>,
) => Promise<{
  readonly contenders: readonly {
    readonly name: string;
    readonly store: (text: string, firstId: number) => Promise<unknown>;
  }[];
  close(): Promise<void>;
}>;

async function compareClients(): Promise<void> {
  const database = await startBenchmarkDatabase();
  const client = await connectClient(database.appUrl);
  try {
    note('servers', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
    const handler = await loadIngest(database.appUrl);
    await ingest(handler, eventBytes(asJson([...makeRows(1, 0), ...makeRows(1, 60_000)])));
    const { openPeers } = (await import(new URL('contenders.mjs', FOLDER).href)) as { openPeers: OpenPeers };
    const peers = await openPeers(database.appUrl, await instrumentIds(client));
    for (const rows of SIZES) {
      await compare({
        name: `${rows.toLocaleString('en')} rows per batch`,
        rows,
        rounds: rows >= 10_000 ? 10 : 25,
        contenders: [
          {
            name: 'the ingest handler',
            prepare: (turn) => {
              const bytes = eventBytes(asJson(makeRows(rows, turn)));
              return () => ingest(handler, bytes);
            },
          },
          ...peers.contenders.map(({ name, store }) => ({
            name,
            prepare: (turn: number) => {
              const text = asJson(makeRows(rows, turn));
              return () => store(text, (2 ** 32 + turn + rows) * 65_536);
            },
          })),
        ],
      });
    }
    await peers.close();
  } finally {
    await client.end();
    await database.stop();
  }
}

silenceFunctions();
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', FOLDER), 'utf8'));
stamp('peers', dependencies);
if (!PEERS.includes('clients')) print('Without the clients of Postgres');
else if (existsSync(new URL('node_modules', FOLDER))) await compareClients();
else print('The clients of Postgres are not installed: npm ci --prefix tests/benchmarks/peers');
if (PEERS.includes('influxdb')) await compareOverHttp();
writeResults('peers');
process.exit(0);
