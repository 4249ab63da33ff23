import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ingestBatch } from '../../functions/batches/ingest.ts';
import { ReferenceCache } from '../../functions/batches/references.ts';
import { BatchWriter } from '../../functions/batches/write.ts';
import type { Database } from '../../functions/database/database.ts';
import { marketDataTable } from '../../functions/market-data/table.ts';
import { operate } from '../../functions/operations/operate.ts';
import { PartitionKeeper } from '../../functions/partitions/keeper.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import type { RouteAccess } from '../support/routes/access.ts';
import { connectRoute } from '../support/routes/route.ts';
import { tick } from '../support/ticks.ts';

/** What the driver does when the answer to COMMIT is lost: the same request runs again, though it had been committed. */
describe('a request that runs again after its commit', () => {
  let copy: TestDatabase;
  let route: RouteAccess;
  let database: Database;
  const references = new ReferenceCache();
  const partitions = new PartitionKeeper();

  beforeAll(async () => {
    copy = await createTestDatabase(inject('postgres'));
    await withClient(copy.ownerUrl, (client) =>
      client.query(`insert into tick_store.instruments (symbol, name, type) values ('ES', 'ES', 'future')`),
    );
    route = await connectRoute(copy);
    database = route.open();
  });
  afterAll(async () => {
    await database.close();
    await route.stop();
    await copy.drop();
  });

  const common = () => ({
    actor: 'local',
    idempotencyKey: `key-${randomUUID()}`,
    payloadHash: randomBytes(32),
    invocationId: randomUUID(),
    options: { deadline: Date.now() + 20_000, idempotent: true },
    logger: createLogger(() => undefined),
  });
  const countTicks = () =>
    withClient(copy.ownerUrl, async (client) => {
      const { rows } = await client.query<{ ticks: number }>(
        'select count(*)::int4 as ticks from tick_store.market_data',
      );
      return rows[0]?.ticks;
    });

  test.each([
    ['without sequences, by COPY', [tick(), tick()]],
    ['with sequences, by arrays', [tick({ sequence: 1 }), tick({ sequence: 2 }), tick()]],
  ])('stores a batch once %s', async (_how, records) => {
    const before = (await countTicks()) ?? 0;
    const request = {
      ...common(),
      body: { text: JSON.stringify({ records }), mediaType: 'application/json' as const },
      query: { atomic: false, batchSize: 1000 },
    };
    const services = { database, references, partitions, writer: new BatchWriter(database) };
    const first = await ingestBatch(services, marketDataTable, request);
    const again = await ingestBatch(services, marketDataTable, request);
    expect(again).toEqual({ json: first.json, replayed: false });
    expect(await countTicks()).toBe(before + records.length);
  });

  test('runs a deletion once, and answers the same', async () => {
    const request = {
      ...common(),
      body: { ids: [1, 2, 65_536], reason: 'test', dryRun: false, batchSize: 500 },
    };
    const first = await operate(database, 'deletion', 'market_data', request);
    const again = await operate(database, 'deletion', 'market_data', request);
    expect(again).toEqual({ json: first.json, replayed: false });
    expect(JSON.parse(first.json)).toMatchObject({ requested: 3, affected: 1, notFound: 2 });
  });
});
