/**
 * `npm run bench -- bars`: compares bars through the handler, from event to response, with plain SQL of `date_bin` or
 * `date_trunc` over the same ticks by bare `pg`. It measures the elapsed time, and the processor time of this process and
 * the server. The data is a year with one tick per minute, and a day of `TICKS` (default 1,000,000) ticks.
 */
import type pg from 'pg';
import { refreshBars } from '../../functions/rollups/sql/refresh.ts';
import { connectClient, type Handler } from './batches.ts';
import { type Contender, compare, silenceFunctions, stamp, writeResults } from './contest.ts';
import { fillDay, fillYear, sendLateTick } from './fill-bars.ts';
import { processorClock } from './processor-time.ts';
import { type BenchmarkDatabase, startBenchmarkDatabase } from './support.ts';

const TICKS = Number(process.env['TICKS'] ?? 1_000_000);
const YEAR = { instrument: 1, start: '2025-01-01T00:00:00Z', end: '2025-12-31T23:59:59.999999Z' };
const DAY = { instrument: 2, start: '2025-03-04T00:00:00Z', end: '2025-03-04T23:59:59.999999Z' };
const PAGE = { instrument: 1, start: '2025-06-01T00:00:00Z', end: '2025-06-07T22:39:59.999999Z' };
const MINUTES = `date_bin('1 minute', "timestamp", timestamptz '1970-01-01Z')`;
const days = (zone: string) => `date_trunc('day', "timestamp", '${zone}')`;

/** A request for bars. */
interface Asked {
  readonly instrument: number;
  readonly start: string;
  readonly end: string;
  readonly interval: string;
  readonly timeZone?: string;
}

/** The SQL that one would write without the service. `start` is an SQL expression; $1 and $2 are the period. */
const plainSql = (instrument: number, start: string) => `
select ${start} as start, (array_agg(price order by "timestamp", sequence nulls first, id))[1] as open, max(price) as high, min(price) as low,
       (array_agg(price order by "timestamp" desc, sequence desc nulls last, id desc))[1] as close, sum(volume) as volume, count(*) as count
  from tick_store.market_data
 where instrument_id = ${instrument} and bar_length = 0 and deleted_at is null and price is not null and "timestamp" >= $1 and "timestamp" <= $2
 group by 1
 order by 1`;

async function loadBars(client: pg.Client, { appUrl }: BenchmarkDatabase): Promise<(asked: Asked) => Promise<number>> {
  process.env['DATABASE_URL'] = appUrl;
  process.env['ANONYMOUS_ACTOR'] = 'bench';
  const { handler } = (await import('../../functions/read.ts')) as unknown as { handler: Handler };
  const { rows } = await client.query('select id, symbol from tick_store.instruments');
  const symbols = new Map<number, string>(rows.map(({ id, symbol }) => [id, symbol]));
  return async ({ instrument, ...query }) => {
    const path = '/v1/market-data/bars';
    const asked = { symbol: symbols.get(instrument), limit: '10000', order: 'asc', ...query };
    const event = {
      ...{ version: '2.0', routeKey: `GET ${path}`, rawPath: path, rawQueryString: '', queryStringParameters: asked },
      ...{ headers: {}, requestContext: { http: { method: 'GET', path } }, isBase64Encoded: false },
    };
    const response = await handler(event, { getRemainingTimeInMillis: () => 28_000 });
    if (response.statusCode !== 200) throw new Error(response.body.slice(0, 300));
    return JSON.parse(response.body).data.length;
  };
}

/** Makes the roll-ups of all days, as the schedule and reads do. */
async function makeAll(client: pg.Client, instrumentId: number): Promise<void> {
  const { text, values } = refreshBars({ instrumentId, barLength: 0, of: 'price' }, 0, 30_000, 10);
  while ((await client.query(text, [...values])).rows[0].refreshed > 0);
}

silenceFunctions();
const database = await startBenchmarkDatabase();
const client = await connectClient(database.superuserUrl);
try {
  stamp('bars', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  await client.query(`set timezone = 'UTC'`);
  await fillYear(client, YEAR.instrument);
  await fillDay(client, DAY.instrument, DAY.start, TICKS);
  // each partition but not the parent table, like autovacuum
  for (const month of ['03', '06']) await client.query(`vacuum analyze tick_store.market_data_2025_${month}`);
  const bars = await loadBars(client, database);
  const handler = (asked: Asked): Contender => ({ name: 'the handler', prepare: () => () => bars(asked) });
  const plain = ({ instrument, start, end }: Asked, sql: string): Contender => ({
    name: 'plain SQL over the ticks, bare pg',
    prepare: () => () => client.query(plainSql(instrument, sql), [start, end]),
  });
  for (const { instrument } of [YEAR, DAY]) await makeAll(client, instrument);

  const processor = await processorClock(client);
  for (const timeZone of ['UTC', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu']) {
    const asked = { ...YEAR, interval: '1d', timeZone };
    await compare({
      name: `a year of minutes as daily bars, ${timeZone}`,
      contenders: [handler(asked), plain(asked, days(timeZone))],
      rounds: 15,
      processor,
    });
  }
  const page = { ...PAGE, interval: '1m' };
  await compare({
    name: 'a page of 10,000 one-minute bars',
    contenders: [handler(page), plain(page, MINUTES)],
    processor,
  });
  const day = { ...DAY, interval: '1m' };
  const late = {
    name: 'the handler, the first time after a late tick',
    prepare: async () => {
      await sendLateTick(client, DAY.instrument, DAY.start);
      return () => bars(day);
    },
  };
  const ticks = TICKS.toLocaleString('en');
  await compare({
    name: `a day of ${ticks} ticks as 1-minute bars`,
    contenders: [late, handler(day), plain(day, MINUTES)],
    rounds: 15,
    processor,
  });
  writeResults('bars');
} finally {
  await client.end();
  await database.stop();
}
process.exit(0);
