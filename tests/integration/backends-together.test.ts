import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { BACKEND_NAMES } from '../support/backends/backends.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { newInstrument, remove, restore } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** Services on every backend use one database at the same time, as during a migration between backends or with two feeds. */

let database: TestDatabase;
const services: TestService[] = [];
beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  for (const backend of BACKEND_NAMES) services.push(await startService({ backend, database }));
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await database.drop();
});

const first = () => services[0] as TestService;
const onEach = (ask: (service: TestService) => Promise<Reply>): Promise<Reply[]> => Promise.all(services.map(ask));

test('one key at the same time on every backend is one batch and one response', async () => {
  for (let round = 0; round < 5; round++) {
    const symbol = await newInstrument(first());
    const body = JSON.stringify({ records: ticks(50, { symbol }) });
    const options = { headers: { 'Idempotency-Key': randomUUID() } };
    const replies = await onEach((service) => service.post('/v1/market-data', body, options));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
    const [stored] = await first().sql<{ n: number }>(
      `select count(*)::int as n from tick_store.market_data join tick_store.instruments i on i.id = instrument_id where symbol = '${symbol}'`,
    );
    expect(stored?.n).toBe(50);
  }
});

test('one feed on every backend, with deletions and undos meanwhile, counts each tick once', async () => {
  const symbol = await newInstrument(first());
  const records = ticks(400, { symbol }).map((record, sequence) => ({ ...record, sequence }));
  const batches = Array.from({ length: 8 }, (_, i) => records.slice(i * 50, i * 50 + 50));
  const filter = { symbol, start: '2026-11-01T00:00:00Z', end: '2026-11-30T00:00:00Z' };
  let feeding = true;
  const feeds = services.map(async (service, turn) => {
    // each service sends the batches in its own order, and reverses every other one
    const order = turn === 1 ? batches.toReversed() : batches;
    let inserted = 0;
    for (const [i, batch] of order.entries()) {
      const sent = i % 2 === turn % 2 ? batch.toReversed() : batch;
      const { status, body, text } = await service.post('/v1/market-data', { records: sent });
      expect(status, text).toBe(200);
      expect(body.inserted + body.duplicates + body.tombstoned).toBe(50);
      inserted += body.inserted;
    }
    return inserted;
  });
  const undoing = services.map(async (service) => {
    while (feeding) {
      const deleted = await remove(service, { filter });
      expect([200, 503], deleted.text).toContain(deleted.status);
      if (deleted.status !== 200) continue;
      // a request of another backend may hold these rows
      await vi.waitFor(async () => {
        const undone = await restore(service, { operationId: deleted.body.operationId });
        expect(undone.status, undone.text).toBe(200);
      }, 10_000);
    }
  });
  const inserted = await Promise.all(feeds);
  feeding = false;
  await Promise.all(undoing);
  expect(inserted.reduce((sum, count) => sum + count, 0)).toBe(400);
  const [stored] = await first().sql(
    `select count(*)::int as rows, count(distinct sequence)::int as ticks, count(deleted_at)::int as deleted
       from tick_store.market_data join tick_store.instruments i on i.id = instrument_id where symbol = '${symbol}'`,
  );
  expect(stored).toEqual({ rows: 400, ticks: 400, deleted: 0 });
});
