import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { archivePartitions } from '../../functions/partitions/archive-partitions.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { documented, maintain, newMonth } from '../support/archive.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, remove, standing, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { KEEP_TICK_MONTHS: '24', KEEP_ALERT_LOG_QUARTERS: '8' } });
});
afterAll(() => service.stop());

const archived = async () =>
  (
    await service.sql<{ name: string }>(
      `select name from tick_store.archived_partitions where parent = 'market_data' order by starts`,
    )
  ).map(({ name }) => name);

const get = (id: number | undefined) => service.get(`/v1/market-data/${id}`);

test('nothing is archived by default', async () => {
  const other = await startService();
  try {
    const symbol = await newInstrument(other);
    await store(other, [tick({ symbol, timestamp: '1971-01-01T00:00:00Z' })]);
    expect(await maintain(other)).toMatchObject({ made: [], archived: [] });
    expect(await standing(other, symbol)).toHaveLength(1);
  } finally {
    await other.stop();
  }
});

test('a partition that is wholly older is archived with all its rows, and one that is partly older stays', async () => {
  await maintain(service); // months that other tests of this file made and left
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  const now = new Date();
  const monthsAgo = (months: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString();
  const { year, timestamp, partition } = newMonth();
  const [old, oldest, partly] = await store(
    service,
    [timestamp, monthsAgo(25), monthsAgo(24)].map((at) => tick({ symbol, timestamp: at })),
  );
  const [oldAlert] = await store(service, [alert(ruleId, { symbol, timestamp })], 'alert-logs');
  const done = await maintain(service);
  const month = monthsAgo(25).slice(0, 7).replace('-', '_');
  expect(done.archived).toEqual([partition, `market_data_${month}`, `alert_logs_${year}_q2`]);
  expect((await Promise.all([old, oldest, partly].map(get))).map(({ status }) => status)).toEqual([404, 404, 200]);
  expect((await service.get(`/v1/alert-logs/${oldAlert}`)).status).toBe(404);
  expect(await service.sql(`select id::int8::int from tick_store_archive.${partition}`)).toEqual([{ id: old }]);
  expect(await maintain(service)).toMatchObject({ made: [], archived: [] });
  // the ledger rows are kept
  expect((await service.get(`/v1/market-data/batches/${Math.floor(Number(old) / 65536)}`)).body.inserted).toBe(3);
});

test('the documented statements attach a partition again, with its rows, indexes and deletion marks, without reading it', async () => {
  const symbol = await newInstrument(service);
  const { year, timestamp, partition } = newMonth();
  const [kept, deleted] = await store(service, [tick({ symbol, timestamp }), tick({ symbol, timestamp })]);
  expect((await remove(service, { ids: [deleted] })).body.affected).toBe(1);
  const before = await get(kept);
  await maintain(service);
  expect((await get(kept)).status).toBe(404);

  const indexes = `select indexdef from pg_indexes where tablename = '${partition}' order by 1`;
  const were = await service.sql<{ indexdef: string }>(indexes);
  const notices: string[] = [];
  await withClient(service.database.ownerUrl, async (client) => {
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    await client.query('set client_min_messages = debug1');
    await client.query(documented('bring-back').replace('2024-01', `${year}-05`));
  });
  expect(notices).toContainEqual(
    expect.stringContaining(`partition constraint for table "${partition}" is implied by existing constraints`),
  );
  expect((await get(kept)).text).toBe(before.text);
  expect(
    (await service.get(`/v1/market-data/${deleted}`, { query: { includeDeleted: true } })).body.deletedAt,
  ).not.toBeNull();
  const are = await service.sql<{ indexdef: string }>(indexes);
  expect(are.map(({ indexdef }) => indexdef)).toEqual(
    were.map(({ indexdef }) => indexdef.replace('tick_store_archive.', 'tick_store.')),
  );
  expect(await service.sql('select indexrelid::regclass from pg_index where not indisvalid')).toEqual([]);
});

test('the documented statements list what is archived, and remove a partition', async () => {
  const { timestamp, partition } = newMonth();
  await store(service, [tick({ timestamp })]);
  await maintain(service);
  const listed = async () =>
    (await service.sql<{ name: string }>(documented('what-is-archived'))).map(({ name }) => name);
  expect(await listed()).toContain(partition);
  await service.sql(documented('let-go').replace('market_data_2024_01', partition));
  expect(await listed()).not.toContain(partition);
});

describe('a back-fill into an archived month', () => {
  test('attaches the month again, so a tick that is stored already is not stored twice', async () => {
    const symbol = await newInstrument(service);
    const { timestamp, partition } = newMonth();
    const ticks = [1, 2].map((sequence) => tick({ symbol, timestamp, sequence }));
    const ids = await store(service, ticks.slice(0, 1));
    await maintain(service);
    expect(await archived()).toContain(partition);
    const again = await service.post('/v1/market-data', { records: ticks });
    expect(again.body).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await archived()).not.toContain(partition);
    expect((await standing(service, symbol)).length).toBe(2);
    expect((await get(ids[0])).status).toBe(200);
    expect((await maintain(service)).archived).toContain(partition);
  });

  test('finds the month even in an execution environment that has cached it as present', async () => {
    const single = await startService({ concurrency: 1, database: service.database });
    try {
      const symbol = await newInstrument(single);
      const { timestamp, partition } = newMonth();
      const same = tick({ symbol, timestamp, sequence: 7 });
      await store(single, [same]);
      await maintain(service);
      expect(await archived()).toContain(partition);
      expect((await single.post('/v1/market-data', { records: [same] })).body).toMatchObject({
        inserted: 0,
        duplicates: 1,
      });
      await maintain(service);
      // a batch without sequences, so it goes by COPY throughout
      await store(single, [tick({ symbol, timestamp })]);
      expect(await archived()).not.toContain(partition);
    } finally {
      await single.stop();
    }
  });

  test('finds the month even in one that has also cached an instrument as active', async () => {
    const single = await startService({ concurrency: 1, database: service.database });
    try {
      const symbols = [await newInstrument(single), await newInstrument(single)];
      const { timestamp, partition } = newMonth();
      const send = async (sequence: number) => {
        const records = symbols.map((symbol) => tick({ symbol, timestamp, sequence }));
        const { status, body } = await single.post('/v1/market-data', { records });
        return [status, body.inserted, body.rejected];
      };
      expect(await send(1)).toEqual([200, 2, 0]);
      expect((await single.patch(`/v1/instruments/${symbols[0]}`, { status: 'inactive' })).status).toBe(200);
      await maintain(service);
      expect(await archived()).toContain(partition);
      expect(await send(2)).toEqual([200, 1, 1]);
    } finally {
      await single.stop();
    }
  });

  test('gets a retryable error if the month is not available now, and nothing is written', async () => {
    const symbol = await newInstrument(service);
    const { timestamp } = newMonth();
    await store(service, [tick({ symbol, timestamp })]);
    await maintain(service);
    await withClient(service.database.superuserUrl, async (client) => {
      await client.query('begin; lock table tick_store.market_data in share update exclusive mode');
      const reply = await service.post('/v1/market-data', { records: [tick({ symbol, timestamp })] });
      expect([reply.status, reply.body.code, reply.headers.get('retry-after')]).toEqual([503, 'database_busy', '1']);
    });
    expect((await standing(service, symbol)).length).toBe(0);
    await store(service, [tick({ symbol, timestamp })]);
    expect((await standing(service, symbol)).length).toBe(2);
  });
});

test('latest as of a time needs the archive only if it may hold a newer tick', async () => {
  const [both, old, none] = [await newInstrument(service), await newInstrument(service), await newInstrument(service)];
  const { timestamp, partition } = newMonth();
  const [first] = await store(service, [tick({ symbol: both, timestamp }), tick({ symbol: old, timestamp })]);
  const { body: last } = await service.post('/v1/market-data', { records: [tick({ symbol: both, price: 7 })] });
  await maintain(service);
  const latest = (...symbols: string[]) =>
    service.get('/v1/market-data/latest', { query: { symbols: symbols.join(), asOf: `batch:${last.batchId}` } });
  expect((await latest(both, none)).body).toMatchObject({ data: { [both]: { price: 7 }, [none]: null } });
  const refused = await latest(both, old);
  expect([refused.status, refused.body.code, refused.body.partitions]).toEqual([409, 'rows_archived', [partition]]);
  // as of this batch, the only earlier tick is archived
  const { status } = await service.get('/v1/market-data/latest', {
    query: { symbols: both, asOf: `batch:${Math.floor(Number(first) / 65_536)}` },
  });
  expect(status).toBe(409);
  await store(service, [tick({ symbol: old, timestamp })]);
  expect((await latest(both, old)).body.data[old]).toMatchObject({ symbol: old });
});

describe('an operation that reaches into an archived month', () => {
  const refused = (partition: string) => ({
    status: 409,
    body: expect.objectContaining({ code: 'rows_archived', partitions: [partition] }),
  });
  const shortly = ({ status, body }: { status: number; body: unknown }) => ({ status, body });

  test('is refused as a whole, however it names rows, and works once they are attached again', async () => {
    const symbol = await newInstrument(service);
    const { year, timestamp, partition } = newMonth();
    const [old, recent] = [
      await store(service, [tick({ symbol, timestamp })]),
      await store(service, [tick({ symbol })]),
    ];
    const key = { headers: { 'Idempotency-Key': `archived-${year}` } };
    const deletion = await remove(service, { ids: old }, key);
    const { operationId } = deletion.body;
    await maintain(service);
    const restore = (body: object) => service.post('/v1/market-data/restorations', { reason: 'test', ...body });
    const filter = { symbol, start: `${year}-01-01T00:00:00Z`, end: `${year}-12-31T00:00:00Z` };
    const batchId = Math.floor(Number(old[0]) / 65536);
    for (const dryRun of [true, false]) {
      for (const selector of [{ operationId }, { ids: [...old, ...recent] }, { filter }, { batchId }])
        expect(shortly(await restore({ ...selector, dryRun }))).toEqual(refused(partition));
      expect(shortly(await remove(service, { ids: [...old, ...recent], dryRun }))).toEqual(refused(partition));
    }
    expect((await get(recent[0])).status).toBe(200);
    // a replay of a deletion made before the archiving still returns its response
    expect((await remove(service, { ids: old }, key)).text).toBe(deletion.text);
    expect((await service.get(`/v1/market-data/operations/${operationId}`)).text).toBe(deletion.text);
    // requests that do not reach the archived months still succeed
    expect((await remove(service, { ids: recent })).body.affected).toBe(1);
    expect((await remove(service, { ids: [65536 * 65536] })).body).toMatchObject({ affected: 0, notFound: 1 });

    await store(service, [tick({ symbol, timestamp })]);
    expect((await restore({ operationId })).body).toMatchObject({ affected: 1, unchanged: 0 });
  });
});

test('while a transaction locks the table, archiving retries later and reads continue', async () => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  await store(service, [tick({ symbol, timestamp })]);
  const backend = await connectBackend(service.database);
  const database = backend.open();
  onTestFinished(async () => {
    await database.close();
    await backend.stop();
  });
  await withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin; select from tick_store.market_data limit 1');
    const pauses: number[] = [];
    const pause = (ms: number) => {
      pauses.push(ms);
      return client.query('commit');
    };
    const options = { deadline: Date.now() + 60_000, idempotent: true };
    const running = archivePartitions(
      database,
      { market_data: 24 },
      options,
      createLogger(() => undefined),
      pause,
    );
    await vi.waitUntil(
      async () =>
        (
          await service.sql(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).length > 0,
      { timeout: 10_000, interval: 20 },
    );
    // this read is queued behind the lock request
    expect((await service.get('/v1/market-data', { query: { symbol } })).status).toBe(200);
    expect(await running).toContain(partition);
    expect(pauses).toEqual([5_000]);
  });
});

test('a sample counts what is archived', async () => {
  await store(service, [tick({ timestamp: newMonth().timestamp })]);
  await maintain(service);
  expect((await service.environments.invoke('probe-health', {})).ok).toBe(true);
  const { body } = await service.get('/v1/health/partitions');
  expect(body.archivedPartitions).toBe((await service.sql('select from tick_store.archived_partitions')).length);
  expect(body.archivedPartitions).toBeGreaterThan(0);
});
