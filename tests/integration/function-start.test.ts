import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { connectAhead } from '../../functions/database/connect/connect-ahead.ts';
import type { CallOptions } from '../../functions/database/database.ts';
import { DatabaseError } from '../../functions/database/errors.ts';
import { madeUpBatch, nowhere } from '../../functions/ingest/made-up-batch.ts';
import { ReferenceCache } from '../../functions/ingest/reference-cache.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const NOT_CONNECTED = 'not connected while initialising';

/** Starts the service with a TCP proxy between its functions and the pooler. */
async function startBehindWire() {
  const database = await createTestDatabase(inject('postgres'));
  const wire = await startTcpProxy(database.appUrl);
  const service = await startService({ database, databaseUrl: () => wire.url });
  onTestFinished(async () => {
    await service.stop();
    await wire.stop();
    await database.drop();
  });
  return { service, wire };
}

async function started() {
  const service = await startService();
  onTestFinished(() => service.stop());
  return service;
}

test('a function without a request has written no line and stored nothing', async () => {
  const service = await started();
  await service.environments.warm('ingest');
  // on a busy machine a function may fail to connect in time, and logs it
  expect(service.logs.filter((line) => !line.includes(NOT_CONNECTED))).toEqual([]);
  const counts = await service.sql<{ rows: number }>(`select count(*)::int as rows from tick_store.ingest_batches
    union all select count(*)::int from tick_store.market_data
    union all select count(*)::int from tick_store.idempotency_keys`);
  expect(counts).toEqual([{ rows: 0 }, { rows: 0 }, { rows: 0 }]);
});

test('the service accepts the rehearsed batch', async () => {
  const service = await started();
  const { records } = madeUpBatch();
  const reply = await service.post('/v1/market-data', {
    records: records.map((record) => ({ ...record, symbol: 'ES' })),
  });
  expect(reply.body).toMatchObject({ inserted: 1, rejected: 0 });
});

test.runIf(inject('backend') === 'pg')(
  'functions that need the database for a request have connected before the first one',
  async () => {
    const { service, wire } = await startBehindWire();
    const functions = ['ingest', 'read', 'delete', 'restore', 'reference-data'];
    for (const [started, name] of functions.entries()) {
      await service.environments.warm(name);
      expect([name, wire.made]).toEqual([name, started + 1]);
    }
  },
);

test.runIf(inject('backend') === 'pg')(
  'a function starts without its database, says so once, and connects later',
  async () => {
    const { service, wire } = await startBehindWire();
    wire.judge(() => 'cut');
    await service.environments.warm('read');
    expect(service.logs.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'WARN', message: expect.stringContaining(NOT_CONNECTED) }),
    ]);
    wire.heal();
    expect((await service.get('/v1/market-data')).status).toBe(200);
  },
);

test('initialisation waits at most two seconds for its connection', async () => {
  const lines: string[] = [];
  const logger = createLogger((line) => void lines.push(line));
  const never = vi.fn(async ({ deadline }: CallOptions) => {
    throw new DatabaseError('overload', `deadline in ${deadline - Date.now()} ms`, { rolledBack: true });
  });
  const asked = vi.fn();
  await connectAhead({ database: { ...nowhere, connectAhead: never }, logger }, asked);
  expect(never.mock.calls[0]?.[0].deadline).toBeLessThanOrEqual(Date.now() + 2_000);
  expect(asked).not.toHaveBeenCalled();
  expect(lines).toHaveLength(1);
});

test('instruments that were read ahead are cached like those of a batch', async () => {
  const service = await started();
  await service.sql(`update tick_store.instruments set status = 'inactive' where symbol = 'NQ'`);
  const access = await connectBackend(service.database);
  onTestFinished(() => access.stop());
  const database = access.open();
  onTestFinished(() => database.close());
  const references = new ReferenceCache();
  await references.preload(database, { deadline: Date.now() + 60_000, idempotent: true });
  const id = references.instrumentBySymbol('ES') ?? 0;
  expect(references.isActive(id)).toBe(true);
  expect(references.inOtherCase('es')).toBe('ES');
  expect(references.instrumentBySymbol('NQ')).toBeUndefined();
});
