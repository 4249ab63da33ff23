/**
 * `npm run bench -- reads`: compares reads through the handler, from event to response, with the same statement by bare
 * `pg`, if there is one. The table has `TICKS` rows (default 500,000) of 500 instruments in 12 months.
 */
import { latestTicks, listTicks } from '../../functions/market-data/sql/select-ticks.ts';
import { connectClient, type Handler } from './batches.ts';
import { type Contender, compare, silenceFunctions, stamp, writeResults } from './contest.ts';
import { fillTicks } from './fill-ticks.ts';
import { startBenchmarkDatabase } from './support.ts';

const TICKS = Number(process.env['TICKS'] ?? 500_000);
const INSTRUMENTS = 500;

silenceFunctions();
const database = await startBenchmarkDatabase();
const client = await connectClient(database.superuserUrl);
try {
  stamp('reads', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  await fillTicks(client, { ticks: TICKS, instruments: INSTRUMENTS, months: 12 });
  process.env['DATABASE_URL'] = database.appUrl;
  process.env['ANONYMOUS_ACTOR'] = 'bench';
  const { handler } = (await import('../../functions/read.ts')) as unknown as { handler: Handler };
  const read = (name: string, routeKey: string, query: Record<string, string>): Contender => ({
    name,
    prepare: () => async () => {
      const [method = '', path = ''] = routeKey.split(' ');
      const event = {
        ...{ version: '2.0', routeKey, rawPath: path, rawQueryString: '', queryStringParameters: query },
        ...{ headers: {}, requestContext: { http: { method, path } }, isBase64Encoded: false },
      };
      const response = await handler(event, { getRemainingTimeInMillis: () => 28_000 });
      if (response.statusCode !== 200) throw new Error(`${name}: ${response.body.slice(0, 300)}`);
    },
  });
  const bare = (name: string, statement: { text: string; values: readonly unknown[] }): Contender => ({
    name,
    prepare: () => () => client.query(statement.text, statement.values.map(plain)),
  });
  const page = {
    instrumentId: 7,
    start: null,
    end: null,
    after: null,
    includeDeleted: false,
    barLength: 0,
    order: 'desc' as const,
  };
  for (const limit of [100, 1_000, 10_000]) {
    await compare({
      name: `the newest ${limit.toLocaleString('en')} ticks of one instrument`,
      rows: limit,
      contenders: [
        bare('the statement, rows as objects', listTicks({ ...page, limit })),
        read('the handler', 'GET /v1/market-data', { instrumentId: '7', limit: String(limit) }),
      ],
    });
  }
  const ids = Array.from({ length: INSTRUMENTS }, (_, at) => at + 1);
  await compare({
    name: `the newest tick of ${INSTRUMENTS} instruments`,
    contenders: [
      bare('the statement, rows as objects', latestTicks(ids, [], false)),
      read('the handler', 'GET /v1/market-data/latest', { instrumentIds: ids.join() }),
    ],
  });
  writeResults('reads');
} finally {
  await client.end();
  await database.stop();
}
process.exit(0);

/** A parameter in the form that bare `pg` sends: arrays as arrays. */
function plain(value: unknown): unknown {
  const isArray = typeof value === 'object' && value !== null && 'element' in value;
  return isArray ? Array.from((value as unknown as { values: ArrayLike<unknown> }).values) : value;
}
