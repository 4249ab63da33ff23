import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { ingestQuery } from '../../functions/contract/ingest-query.ts';
import type { Database } from '../../functions/database/database.ts';
import { migrate, readMigrations } from '../../functions/database/run-migrations.ts';
import { createIngestServices, ingestBatch } from '../../functions/ingest/ingest-batch.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { ownerDatabase } from '../../lib/local/owner-database.ts';
import { connect, OWNER_SECRET_ARN, openDataApi } from '../support/backends/data-api.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { withClient, withDatabase } from '../support/postgres.ts';
import { type TickInput, tick, ticks } from '../support/ticks.ts';

/** Databases deployed by each of these releases hold data, which the later files must find and leave unchanged. */

const { superuserUrl, ownerUrl, poolerUrl } = inject('postgres');
const migrations = await readMigrations(MIGRATIONS);
const FIRST_RELEASE = 8;
/** The number of files in the last release; the files after those were never deployed separately. */
const LAST_RELEASE = 11;
const deadline = () => Date.now() + 30_000;

const databases: string[] = [];
afterAll(() =>
  withClient(superuserUrl, async (client) => {
    for (const name of databases) await client.query(`drop database ${name} with (force)`);
  }),
);

async function newDatabase(template = 'template1'): Promise<string> {
  const name = `upgraded_${randomBytes(6).toString('hex')}`;
  await withClient(superuserUrl, (client) =>
    client.query(`create database ${name} template ${template} owner tick_store_owner strategy file_copy`),
  );
  databases.push(name);
  return name;
}

const sqlIn =
  (name: string) =>
  async <R extends object>(text: string) =>
    withClient(withDatabase(ownerUrl, name), async (client) => (await client.query<R>(text)).rows);

async function migrateTo(name: string, applied: number): Promise<void> {
  const database = ownerDatabase(withDatabase(ownerUrl, name));
  await migrate(database, migrations.slice(0, applied), deadline());
  await database.close();
}

/** By how many files were applied: a database that holds data. Each is made from the one before it, so each file runs once. */
const states: string[] = [];
beforeAll(async () => {
  let latest = await newDatabase();
  for (let applied = FIRST_RELEASE; applied < migrations.length; applied++) {
    // a migration that was killed, or whose release was only partly deployed
    await migrateTo(latest, applied);
    const state = applied <= LAST_RELEASE ? await newDatabase(latest) : latest;
    if (applied <= LAST_RELEASE) {
      await sqlIn(state)(`insert into tick_store.instruments (symbol, name, type) values ('ES', 'ES', 'future')`);
      await sqlIn(state)(BATCH_OF_AN_EARLIER_RELEASE);
    }
    states[applied] = state;
    if (applied >= LAST_RELEASE) latest = await newDatabase(state);
  }
});

/** The owner's connections, by which a deployment migrates. */
const OWNERS: Record<string, (name: string) => Promise<Database>> = {
  pg: async (name) => ownerDatabase(withDatabase(ownerUrl, name)),
  'the Data API': async (name) => {
    const [appUrl, itsOwnerUrl] = [withDatabase(poolerUrl, name), withDatabase(ownerUrl, name)];
    const backend = await connect({ name, appUrl, ownerUrl: itsOwnerUrl });
    onTestFinished(() => backend.stop());
    return openDataApi(backend.endpoint.url, name, { secretArn: OWNER_SECRET_ARN });
  },
};

/** The files are the same by every way. The Data API runs them statement by statement, which two starts show of each file. */
const STARTS = [
  ...migrations
    .keys()
    .drop(FIRST_RELEASE)
    .map((applied) => ['pg', applied] as const),
  ...[FIRST_RELEASE, LAST_RELEASE].map((applied) => ['the Data API', applied] as const),
].map(([way, applied]) => [way, (migrations[applied] as (typeof migrations)[number]).name, applied] as const);

test.each(STARTS)('over %s, a database with data is migrated from before %s', async (way, _name, applied) => {
  const name = await newDatabase(states[applied]);
  const database = await (OWNERS[way] as (typeof OWNERS)[string])(name);
  onTestFinished(() => database.close());
  const sql = sqlIn(name);
  const all = () => sql(`select ${COLUMNS} from tick_store.market_data order by id`);
  const before = await all();
  expect(before).toHaveLength(25);

  const late = migrations.slice(applied).map((migration) => migration.name);
  expect(await migrate(database, migrations, deadline())).toEqual(late);
  expect(await all()).toEqual(before);
  expect(await sql(`select from tick_store.partitions where is_default`)).toEqual([]);
  const names = await sql<{ name: string }>(
    `select tableoid::regclass::text as name from tick_store.market_data group by 1 order by 1`,
  );
  expect(names.map((row) => row.name)).toEqual(['tick_store.market_data_1999_12', 'tick_store.market_data_2026_11']);

  const ingest = ingestInto(database);
  const replay = await ingest('before');
  expect([JSON.parse(replay.json), replay.replayed]).toEqual([{ batchId: 7, firstId: 7 * 65536, received: 25 }, true]);
  const after = JSON.parse((await ingest('after')).json);
  expect(after).toMatchObject({ inserted: 5, duplicates: 20 });
  expect(after.batchId).toBeGreaterThan(100);
  const [operation] = await sql<{ number: string }>('select number from tick_store.operations where id = 100');
  expect(operation).toEqual({ number: '7' });
});

const COLUMNS = 'id, "timestamp", instrument_id, price, volume, sequence, deleted_at, deleted_by';

/** 20 ticks with sequences of 2 November 2026 and 5 without of the end of 1999, which stand in the default partition. */
const BATCH_OF_AN_EARLIER_RELEASE = `
  insert into tick_store.ingest_batches (block, target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected,
                                         min_time, max_time, receipt)
  overriding system value
  values (7, 'market_data', 'local', 'before', decode(repeat('00', 32), 'hex'), gen_random_uuid(), 25, 25, 0,
          '1999-12-31T23:59:58Z', '2026-11-02T14:30:19Z', '"received":25}');
  insert into tick_store.market_data (id, "timestamp", instrument_id, price, sequence)
  select 7 * 65536 + n, timestamptz '2026-11-02T14:30:00Z' + n * interval '1 second', 1, 4300.25, n from generate_series(0, 19) n
  union all
  select 7 * 65536 + 20 + n, timestamptz '1999-12-31T23:59:58Z' + n * interval '100 ms', 1, 4300.25, null from generate_series(0, 4) n;
  insert into tick_store.operations (id, kind, target, selector, reason, actor, idempotency_key, payload_hash, request_id, affected, receipt)
  overriding system value
  values (100, 'deletion', 'market_data', '{}', 'none', 'local', 'operation', '', gen_random_uuid(), 0, '{}')`;

/** The same ticks, sent through the current service. */
const ingestInto = (database: Database) => async (idempotencyKey: string) => {
  const sequenced = Array.from({ length: 20 }, (_, n) =>
    tick({ timestamp: `2026-11-02T14:30:${String(n).padStart(2, '0')}Z`, price: 4300.25, sequence: n }),
  );
  const records = sequenced.concat(ticks(5, { price: 4300.25 }, '1999-12-31T23:59:58Z'));
  const services = createIngestServices(database);
  return ingestBatch(services, tickTable, {
    body: { text: JSON.stringify({ records: records.map(onlyPrice) }), mediaType: 'application/json' as const },
    query: ingestQuery.parse({}),
    options: { deadline: deadline(), idempotent: true },
    logger: createLogger(() => undefined),
    ...{ idempotencyKey, payloadHash: Buffer.alloc(32), actor: 'local', keyScope: 'local', invocationId: randomUUID() },
  });
};

const onlyPrice = ({ timestamp, symbol, price, sequence }: TickInput) => ({ timestamp, symbol, price, sequence });
