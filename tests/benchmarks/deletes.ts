/**
 * `npm run bench -- deletes`: measures what a recorded deletion costs compared with a bare UPDATE of the same rows.
 *
 * It alternates, through PgBouncer, between `runOperation`, from the parsed request to the receipt, and the UPDATE that a
 * person would write with the same bounds. Then it measures one operation in steps, and its dry run. `ROUNDS` and
 * `LARGE_ROWS` change the amount. The benchmark does not fail if something is slow.
 */
import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import pg from 'pg';
import { MAX_IDS, type RestorationRequest } from '../../functions/contract/operations.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { continueOperation } from '../../functions/operations/continue-operation.ts';
import { runOperation } from '../../functions/operations/run-operation.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { median, startBenchmarkDatabase } from './support.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 9);
const LARGE_ROWS = Number(process.env['LARGE_ROWS'] ?? 1_000_000);
const WARM_UP = 2;
const BATCH = 65_536;
const BATCHES = 4;

const local = await startBenchmarkDatabase();
const owner = new pg.Client({ connectionString: local.superuserUrl });
await owner.connect();
const bare = new pg.Client({ connectionString: local.appUrl });
await bare.connect();
const database = new PostgresDatabase({
  ...{
    url: local.appUrl,
    applicationName: 'bench',
    acquireTimeoutMs: 5000,
    queryTimeoutMs: 22_000,
    recycleSeconds: 3600,
  },
  onIdleError: () => undefined,
});
const logger = createLogger(() => undefined);

/** Stores rows of one instrument, one second apart, in batches of 65,536. Returns the first batch. */
async function makeRows(rows: number, symbol: string, start: string): Promise<number> {
  await owner.query(
    `select tick_store.ensure_partitions('market_data', array_agg($1::timestamptz + make_interval(secs => least(n * 864000.0, $2::float8))))
       from generate_series(0, ceil($2::float8 / 864000)::int) n`,
    [start, rows],
  );
  const made = await owner.query(
    `with made as (
       insert into tick_store.ingest_batches (target, actor, idempotency_key, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
       select 'market_data', 'bench', gen_random_uuid(), 65536, 65536, 0, $1::timestamptz + make_interval(secs => n * 65536.0),
              $1::timestamptz + make_interval(secs => n * 65536.0 + 65535), '', '{1}', '{1}'
         from generate_series(0, ($2::int - 1) / 65536) n
       returning block
     ), batches as (select block, row_number() over (order by block) - 1 as nth from made), rows as (
     insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price)
     select b.block * 65536 + n, $1::timestamptz + make_interval(secs => b.nth * 65536.0 + n), i.id, 1, 1, 1, 1, 1, 1, 1, 1, 1
       from batches b, generate_series(0, 65535) n, tick_store.instruments i
      where i.symbol = $3 and b.nth * 65536 + n < $2::int
      order by 1)
     select min(block)::int8 as first from batches`,
    [start, rows, symbol],
  );
  await owner.query('vacuum analyze tick_store.market_data');
  return Number(made.rows[0].first);
}

const START = '2026-01-05T00:00:00Z';
const END = '2026-01-09T00:00:00Z';
const first = await makeRows(BATCHES * BATCH, 'ES', START);
const firstId = first * BATCH;
const scattered = Array.from({ length: 10_000 }, (_, n) => firstId + n * 26);
const instrumentId = (await owner.query(`select id from tick_store.instruments where symbol = 'ES'`)).rows[0]
  .id as number;
const BOUNDS = `"timestamp" between '${START}' and '${END}'`;
const SET = 'update tick_store.market_data set deleted_at = now(), deleted_by = 1 where';

const request = (body: Partial<RestorationRequest>) => ({
  body: { reason: 'bench', dryRun: false, batchSize: 500, ...body } as RestorationRequest,
  ...{ actor: 'bench', keyScope: 'bench', idempotencyKey: randomUUID(), payloadHash: new Uint8Array([1]) },
  ...{ invocationId: randomUUID(), options: { deadline: Date.now() + 28_000, idempotent: true }, logger },
});
const remove = (body: Partial<RestorationRequest>) => runOperation(database, 'deletion', 'market_data', request(body));

interface Case {
  readonly name: string;
  readonly rows: number;
  readonly bare: () => Promise<unknown>;
  readonly ours: () => Promise<unknown>;
}
const half = END.replace('09', '06');
const cases: Case[] = [
  {
    ...{ name: '10,000 scattered ids', rows: 10_000 },
    bare: () => bare.query(`${SET} id = any($1::int8[]) and ${BOUNDS}`, [scattered]),
    ours: () => remove({ ids: scattered }),
  },
  {
    ...{ name: `${MAX_IDS.toLocaleString('en')} ids in one range`, rows: MAX_IDS },
    bare: () => bare.query(`${SET} id >= $1 and id < $2 and ${BOUNDS}`, [firstId, firstId + MAX_IDS]),
    ours: () => remove({ ids: Array.from({ length: MAX_IDS }, (_, n) => firstId + n) }),
  },
  {
    ...{ name: 'a batch of 65,536', rows: BATCH },
    bare: () => bare.query(`${SET} id >= $1 and id < $2 and ${BOUNDS}`, [firstId, firstId + BATCH]),
    ours: () => remove({ batchId: first }),
  },
  {
    ...{ name: 'a filter of 86,401', rows: 86_401 },
    bare: () =>
      bare.query(`${SET} instrument_id = $1 and bar_length = 0 and "timestamp" between $2 and $3`, [
        instrumentId,
        START,
        half,
      ]),
    ours: () => remove({ filter: { instrumentId, start: START, end: half } }),
  },
];

const restoreAll = async () => {
  await owner.query(
    'update tick_store.market_data set deleted_at = null, deleted_by = null where deleted_at is not null',
  );
  await owner.query('vacuum tick_store.market_data');
};
const timed = async (work: () => Promise<unknown>) => {
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  await restoreAll();
  return ms;
};

process.stdout.write(
  `node ${process.version}, PostgreSQL ${local.postgresVersion}, ${local.poolerVersion}, ${cpus().length} cores; medians of ${ROUNDS}\n`,
);
for (const each of cases) {
  const [bareMs, oursMs]: [number[], number[]] = [[], []];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? [each.bare, each.ours] : [each.ours, each.bare];
    for (const work of order) {
      const ms = await timed(work);
      if (round >= 0) (work === each.bare ? bareMs : oursMs).push(ms);
    }
  }
  const [b, o] = [median(bareMs), median(oursMs)];
  process.stdout.write(
    `${each.name.padEnd(26)} bare UPDATE ${b.toFixed(0).padStart(5)} ms   deletion ${o.toFixed(0).padStart(5)} ms   ${(o / b).toFixed(2)} x\n`,
  );
}

await makeRows(LARGE_ROWS, 'NQ', '2026-02-01T00:00:00Z');
const nq = (await owner.query(`select id from tick_store.instruments where symbol = 'NQ'`)).rows[0].id as number;
const filter = { instrumentId: nq, start: '2026-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z' };
const dryMs = await (async () => {
  const started = performance.now();
  await remove({ filter, dryRun: true });
  return performance.now() - started;
})();
const started = performance.now();
const { operationId } = await remove({ filter });
const respondedMs = performance.now() - started;
const options = { deadline: Date.now() + 600_000, idempotent: true };
await continueOperation(database, operationId as number, options, logger, Date.now() + 590_000);
const doneMs = performance.now() - started;
const rate = (ms: number) => `${Math.round((LARGE_ROWS / ms) * 1000).toLocaleString('en')} rows/s`;
process.stdout.write(
  `${LARGE_ROWS.toLocaleString('en')} rows in steps: dry run ${dryMs.toFixed(0)} ms (${rate(dryMs)}), response after ${respondedMs.toFixed(0)} ms, done after ${doneMs.toFixed(0)} ms (${rate(doneMs)})\n`,
);
await database.close();
await bare.end();
await owner.end();
await local.stop();
