/**
 * `npm run bench -- rollups`: measures what recording changed days for roll-ups costs ingest. The same batches alternate
 * between a normal store and one without this: it has no index of ledger rows by transaction, no check of recorded days,
 * and records none. `ROWS=1,10000` selects sizes, `ROUNDS` the number of rounds. Processor time is that of this process and
 * of the server.
 */
import pg from 'pg';
import { asJson, eventBytes, type Handler, ingest, makeRows } from './batches.ts';
import { note, silenceFunctions, stamp, writeResults } from './contest.ts';
import { type ProcessorClock, processorClock } from './processor-time.ts';
import { type BenchmarkDatabase, median, startBenchmarkDatabase } from './support.ts';

const SIZES = (process.env['ROWS'] ?? '1,100,10000').split(',').map(Number);

/** The function of migration 0020, which records no days. */
const WITHOUT = `
drop index tick_store.ix_ingest_batches_xid;
alter table tick_store.ingest_batches drop constraint ingest_batches_touched_check;
do $$
declare
  body text;
begin
  select pg_get_functiondef(oid) into body from pg_proc where proname = 'take_batch' and pronamespace = 'tick_store'::regnamespace;
  if position('$13, $14, $15' in body) = 0 then
    raise exception 'take_batch is not what this benchmark knows';
  end if;
  execute replace(body, '$13, $14, $15', '$13, null::int4[], null::int4[]');
end
$$`;

/** A store, and the times of its batches. */
interface Side {
  readonly name: string;
  readonly database: BenchmarkDatabase;
  readonly handler: Handler;
  readonly owner: pg.Client;
  readonly processor: ProcessorClock;
  wall: number[];
  cpu: number[];
}

async function openSide(name: string, change: string): Promise<Side> {
  const database = await startBenchmarkDatabase();
  const owner = new pg.Client({ connectionString: database.superuserUrl });
  await owner.connect();
  if (change !== '') await owner.query(change);
  process.env['DATABASE_URL'] = database.appUrl;
  process.env['ANONYMOUS_ACTOR'] = 'bench';
  // the query string makes it a separate module with its own connection
  const entry = `../../functions/ingest.ts?${name}`;
  const { handler } = (await import(entry)) as { handler: Handler };
  const processor = await processorClock(owner);
  return { name, database, handler, owner, processor, wall: [], cpu: [] };
}

async function turn(side: Side, bytes: Buffer): Promise<void> {
  const [stop, started] = [side.processor(), performance.now()];
  await ingest(side.handler, bytes);
  const [ended, taken] = [performance.now(), stop()];
  side.wall.push(ended - started);
  side.cpu.push(taken);
}

silenceFunctions();
const sides = [await openSide('with', ''), await openSide('without', WITHOUT)] as const;
try {
  const [{ database }] = sides;
  stamp('rollups', { PostgreSQL: database.postgresVersion, PgBouncer: database.poolerVersion });
  for (const rows of SIZES) {
    const rounds = Number(process.env['ROUNDS'] ?? (rows >= 1000 ? 100 : 1000));
    for (let round = -20; round < rounds; round++) {
      if (round === 0) for (const side of sides) [side.wall, side.cpu] = [[], []];
      const bytes = eventBytes(asJson(makeRows(rows, round + 20)));
      // the order alternates, because the second store benefits from warm processor caches
      for (const side of round % 2 === 0 ? sides : [...sides].reverse()) await turn(side, bytes);
    }
    const [noted, bare] = sides.map(({ wall, cpu }) => ({ wall: median(wall), cpu: median(cpu) }));
    if (noted === undefined || bare === undefined) throw new Error('two sides');
    const share = (a: number, b: number) => `${((a / b - 1) * 100).toFixed(1)} %`;
    note(`${rows.toLocaleString('en')} rows per batch, ${rounds} rounds in turns`, {
      ...{ 'ms with': noted.wall, 'ms without': bare.wall, costs: share(noted.wall, bare.wall) },
      ...{
        'processor ms with': noted.cpu,
        'processor ms without': bare.cpu,
        'costs processor': share(noted.cpu, bare.cpu),
      },
    });
  }
  for (const { name, owner } of sides) {
    const { rows } = await owner.query(
      'select count(*) as batches, count(touched_days) as noted from tick_store.ingest_batches',
    );
    const { batches, noted } = rows[0];
    if (batches === '0' || noted !== (name === 'with' ? batches : '0'))
      throw new Error(`${name}: ${noted} of ${batches}`);
  }
  writeResults('rollups');
} finally {
  for (const { owner, database } of sides) {
    await owner.end();
    await database.stop();
  }
}
process.exit(0);
