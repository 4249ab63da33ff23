import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../functions/database/database.ts';
import { continueOperation } from '../../functions/operations/continue-operation.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { ageRows } from '../support/age-rows.ts';
import { documented, maintain, newMonth } from '../support/archive.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { startInSteps } from '../support/large-operations.ts';
import { waiting, whileHolding } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { dyingAfter } from '../support/stepwise-service.ts';
import { tick } from '../support/ticks.ts';

/** Dropping a month during traffic, and after an operator has changed partitions by hand. */

let service: TestService;
beforeAll(async () => {
  service = await startService({
    environment: { KEEP_TICK_MONTHS: '24', KEEP_ALERT_LOG_QUARTERS: '8', KEEP_KEY_DAYS: '90' },
  });
});
afterAll(() => service.stop());

const letGo = (partition: string) => documented('let-go').replace('market_data_2024_01', partition);
const coverageOf = async (symbol: string) =>
  (await service.get('/v1/market-data/coverage', { query: { symbol } })).body.data;

test('a batch for a month that is being let go waits for it, and is then stored', async () => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  await store(service, [tick({ symbol, timestamp, sequence: 1 })]);
  await maintain(service);
  await withClient(service.database.ownerUrl, async (owner) => {
    await owner.query('begin');
    await owner.query(letGo(partition));
    const post = () => service.post('/v1/market-data', { records: [tick({ symbol, timestamp, sequence: 1 })] });
    const posting = post();
    await waiting(service, 1);
    await owner.query('commit');
    const first = await posting;
    // if COMMIT came after the batch's wait for the partition timed out, the client is asked to retry
    const { status, body } = first.status === 503 ? await post() : first;
    expect([status, body.inserted]).toEqual([200, 1]);
  });
  expect(await coverageOf(symbol)).toMatchObject([{ rows: 1 }]);
});

test('letting alert logs go does not delay ingest during a backup', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  await store(service, [alert(ruleId, { symbol, timestamp: '1990-02-01T00:00:00Z' })], 'alert-logs');
  await maintain(service);
  await whileHolding(service, 'lock table tick_store.instruments in access share mode', async () => {
    await expect(service.sql(letGo('alert_logs_1990_q1'))).rejects.toMatchObject({ code: '55P03' });
    await store(service, [tick({ symbol })]);
  });
  await service.sql(letGo('alert_logs_1990_q1'));
});

test('a day that gets new rows while its month is being forgotten is kept', async () => {
  const [before, symbol] = [await newInstrument(service), await newInstrument(service)];
  const { timestamp, partition } = newMonth();
  const refill = () => store(service, [tick({ symbol, timestamp })]);
  await store(service, [tick({ symbol: before, timestamp })]);
  const sweep = () => service.sql(`select tick_store.refresh_counts(null, interval '0', 500, 1e6::real)`);
  await sweep();
  await refill();
  await sweep();
  await maintain(service);
  await service.sql(`drop table tick_store_archive.${partition}`);
  const row = `select from tick_store.rollup_days d join tick_store.instruments i on i.id = d.instrument_id
                where i.symbol = '${before}' for update of d`;
  await whileHolding(service, row, async (release) => {
    const forgetting = service.sql('select tick_store.remove_expired(90)');
    await waiting(service, 1);
    await refill();
    await sweep();
    await release();
    await forgetting;
  });
  expect(await coverageOf(symbol)).toMatchObject([{ rows: 1 }]);
});

test('a large operation whose rows are let go between its steps fails, and says so', async () => {
  const symbol = await newInstrument(service);
  const [gone, stays] = [newMonth(), newMonth()];
  await store(
    service,
    [gone, stays].map(({ timestamp }) => tick({ symbol, timestamp })),
  );
  const backend = await connectBackend(service.database);
  const database = backend.open();
  const { body } = await service.get(`/v1/instruments/${symbol}`);
  const filter = { instrumentId: body.id, barLength: 0, start: gone.timestamp, end: stays.timestamp };
  const id = await startInSteps(database, { filter });
  const run = (on: Database) => {
    const options = { deadline: Date.now() + 60_000, idempotent: true };
    return continueOperation(
      on,
      id,
      options,
      createLogger(() => undefined),
      Date.now() + 50_000,
    );
  };
  // the run ends after the plan
  await run(dyingAfter(database, 1));
  await maintain(service);
  await service.sql(letGo(gone.partition));
  await service.sql(`select tick_store.ensure_partitions('market_data', array[$1::timestamptz])`, [stays.timestamp]);
  await run(database);
  await database.close();
  await backend.stop();
  expect((await service.get(`/v1/market-data/operations/${id}`)).body).toMatchObject({
    ...{ status: 'failed', affected: 0 },
    failure: 'rows_archived: a partition of its rows was let go meanwhile; the rows changed so far stay changed',
  });
  expect((await coverageOf(symbol))[0]).toMatchObject({ rows: 1, deleted: 0 });
});

test('a partition that was detached by hand keeps its batches in the ledger, and the maintenance continues', async () => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  const [id] = await store(service, [tick({ symbol, timestamp })]);
  await service.sql(`alter table tick_store.market_data detach partition tick_store.${partition}`);
  await ageRows(service.database.superuserUrl, '91 days');
  await maintain(service);
  const batch = Math.floor(Number(id) / 65_536);
  expect((await service.get(`/v1/market-data/batches/${batch}`)).status).toBe(200);
  await service.sql(
    `alter table tick_store.market_data attach partition tick_store.${partition} for values from ('${timestamp.slice(0, 7)}-01Z') to ('${timestamp.slice(0, 4)}-06-01Z')`,
  );
  expect(await coverageOf(symbol)).toMatchObject([{ rows: 1 }]);
});
