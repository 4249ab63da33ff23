import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ingestQuery } from '../../functions/contract/ingest-query.ts';
import type { Preconditions } from '../../functions/contract/preconditions.ts';
import type { Database } from '../../functions/database/database.ts';
import { createIngestServices, ingestBatch } from '../../functions/ingest/ingest-batch.ts';
import { ReferenceCache } from '../../functions/ingest/reference-cache.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import { runOperation } from '../../functions/operations/run-operation.ts';
import { PartitionKeeper } from '../../functions/partitions/ensure-partitions.ts';
import { listChangePage } from '../../functions/reference-data/read-changes.ts';
import { patchInstrument, putInstrument } from '../../functions/reference-data/write-instruments.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import type { BackendAccess } from '../support/backends/access.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { tick } from '../support/ticks.ts';

/** When the response to COMMIT is lost, the driver runs the same request again although it was committed. */
describe('a request that is retried after its commit', () => {
  let copy: TestDatabase;
  let backend: BackendAccess;
  let database: Database;
  const references = new ReferenceCache();
  const partitions = new PartitionKeeper();

  beforeAll(async () => {
    copy = await createTestDatabase(inject('postgres'));
    await withClient(copy.ownerUrl, (client) =>
      client.query(`insert into tick_store.instruments (symbol, name, type) values ('ES', 'ES', 'future')`),
    );
    backend = await connectBackend(copy);
    database = backend.open();
  });
  afterAll(async () => {
    await database.close();
    await backend.stop();
    await copy.drop();
  });

  const common = () => ({
    actor: 'local',
    keyScope: 'local',
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
    ['at once', {}, [tick({ sequence: 1 }), tick()]],
    ['without sequences, by COPY', { batchSize: '1' }, [tick(), tick()]],
    ['with sequences, by arrays', { batchSize: '2' }, [tick({ sequence: 11 }), tick({ sequence: 12 }), tick()]],
  ])('stores a batch once %s', async (_how, query, records) => {
    const before = (await countTicks()) ?? 0;
    const request = {
      ...common(),
      body: { text: JSON.stringify({ records }), mediaType: 'application/json' as const },
      query: ingestQuery.parse(query),
    };
    const services = { ...createIngestServices(database), references, partitions };
    const first = await ingestBatch(services, tickTable, request);
    const again = await ingestBatch(services, tickTable, request);
    expect(again).toMatchObject({ json: first.json, replayed: false });
    expect(await countTicks()).toBe(before + records.length);
  });

  test('runs a deletion once, and returns the same', async () => {
    const batch = {
      ...common(),
      body: { text: JSON.stringify({ records: [tick()] }), mediaType: 'application/json' as const },
      query: ingestQuery.parse({}),
    };
    const services = { ...createIngestServices(database), references, partitions };
    const { firstId } = JSON.parse((await ingestBatch(services, tickTable, batch)).json) as { firstId: number };
    const request = {
      ...common(),
      body: { ids: [1, firstId, firstId + 1], reason: 'test', dryRun: false, batchSize: 500 },
    };
    const first = await runOperation(database, 'deletion', 'market_data', request);
    const again = await runOperation(database, 'deletion', 'market_data', request);
    expect(again).toMatchObject({ json: first.json, replayed: false });
    expect(JSON.parse(first.json)).toMatchObject({ requested: 3, affected: 1, notFound: 2 });
  });

  test('creates an instrument only once, changes a state only once, and succeeds with both conditions', async () => {
    const change = (preconditions: Partial<Preconditions>) => ({
      ...common(),
      preconditions: { ifMatch: undefined, ifNoneMatch: undefined, ...preconditions },
    });
    const values = { type: 'future', status: 'active' as const, priceDecimals: 4 };
    const create = change({ ifNoneMatch: '*' });
    const created = await putInstrument(database, 'ONCE', { name: 'first', ...values }, create);
    expect(await putInstrument(database, 'ONCE', { name: 'first', ...values }, create)).toEqual(created);
    const patch = change({ ifMatch: [created.version] });
    const patched = await patchInstrument(database, 'ONCE', { name: 'second' }, patch);
    expect(await patchInstrument(database, 'ONCE', { name: 'second' }, patch)).toEqual(patched);
    const { rows } = await listChangePage(database, { name: 'ONCE', limit: 10 }, create.options);
    expect(rows.map(({ after }) => after['name'])).toEqual(['second', 'first']);
  });
});
