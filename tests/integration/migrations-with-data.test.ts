import { randomBytes, randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Database } from '../../functions/database/database.ts';
import { migrate, readMigrations } from '../../functions/database/run-migrations.ts';
import { ingestBatch } from '../../functions/ingest/ingest-batch.ts';
import { ReferenceCache } from '../../functions/ingest/reference-cache.ts';
import { BatchWriter } from '../../functions/ingest/write-batch.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import { PartitionKeeper } from '../../functions/partitions/ensure-partitions.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { ownerDatabase } from '../../lib/local/owner-database.ts';
import { connect, OWNER_SECRET_ARN, openDataApi } from '../support/backends/data-api.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { withClient, withDatabase } from '../support/postgres.ts';
import { ticks } from '../support/ticks.ts';

/** Releases before each of these were deployed and hold data, which the later files must find and leave as it is. */

const { superuserUrl, ownerUrl, poolerUrl } = inject('postgres');
const migrations = await readMigrations(MIGRATIONS);
const FIRST_RELEASE = 8;
const deadline = () => Date.now() + 30_000;

async function newDatabase(): Promise<string> {
  const name = `upgraded_${randomBytes(6).toString('hex')}`;
  await withClient(superuserUrl, (client) => client.query(`create database ${name} owner tick_store_owner`));
  onTestFinished(() =>
    withClient(superuserUrl, async (client) => void (await client.query(`drop database ${name} with (force)`))),
  );
  return name;
}

/** The owner's way in, by which a deployment migrates. */
const OWNERS: Record<string, (name: string) => Promise<Database>> = {
  pg: async (name) => ownerDatabase(withDatabase(ownerUrl, name)),
  'the Data API': async (name) => {
    const [appUrl, itsOwnerUrl] = [withDatabase(poolerUrl, name), withDatabase(ownerUrl, name)];
    const backend = await connect({ name, appUrl, ownerUrl: itsOwnerUrl });
    onTestFinished(() => backend.stop());
    return openDataApi(backend.endpoint.url, name, { secretArn: OWNER_SECRET_ARN });
  },
};

test.each(
  Object.keys(OWNERS).flatMap((way) =>
    migrations.slice(FIRST_RELEASE).map(({ name }, index) => [way, name, FIRST_RELEASE + index] as const),
  ),
)('by %s, a database that holds data comes up to date from before %s', async (way, _name, applied) => {
  const name = await newDatabase();
  const database = await (OWNERS[way] as (typeof OWNERS)[string])(name);
  onTestFinished(() => database.close());
  await migrate(database, migrations.slice(0, applied), deadline());
  const sql = <R extends object>(text: string) =>
    withClient(withDatabase(ownerUrl, name), async (client) => (await client.query<R>(text)).rows);
  await sql(`insert into tick_store.instruments (symbol, name, type) values ('ES', 'ES', 'future')`);
  const ingest = async (records: object[], idempotencyKey: string) => {
    const body = { text: JSON.stringify({ records }), mediaType: 'application/json' as const };
    const query = { atomic: false, batchSize: 1000 };
    const options = { deadline: deadline(), idempotent: true };
    const logger = createLogger(() => undefined);
    const request = { body, query, options, logger, idempotencyKey, payloadHash: Buffer.alloc(32), actor: 'local' };
    const services = {
      ...{ database, references: new ReferenceCache(), partitions: new PartitionKeeper() },
      writer: new BatchWriter(database),
    };
    return ingestBatch(services, tickTable, { ...request, invocationId: randomUUID() });
  };
  const records = ticks(20, { sequence: 7 }).concat(ticks(5, {}, '1999-12-31T23:59:58Z'));
  const stored = await ingest(records, 'before');
  expect(JSON.parse(stored.json)).toMatchObject({ inserted: 25 });
  const all = () => sql('select * from tick_store.market_data order by id');
  const before = await all();

  const late = migrations.slice(applied).map((migration) => migration.name);
  expect(await migrate(database, migrations, deadline())).toEqual(late);
  expect(await all()).toEqual(before);
  expect(await ingest(records, 'before')).toEqual({ json: stored.json, replayed: true });
  expect(JSON.parse((await ingest(records, 'after')).json)).toMatchObject({ inserted: 5, duplicates: 20 });
});
