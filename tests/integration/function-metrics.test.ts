import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  DIMENSION_SETS,
  METRICS,
  type MetricDefinition,
  PER_VERSION,
} from '../../functions/metrics/metric-catalogue.ts';
import { backendDifferences } from '../support/backends/differences.ts';
import { type EmfLine, emfLines, invocationLines } from '../support/metrics.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

const { functionsReportWaits } = backendDifferences();

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { SERVICE_NAME: 'tick-store-test' } });
});
afterAll(() => service.stop());

let seen = 0;
beforeEach(() => {
  seen = service.logs.length;
});
/** The last invocation of a function since the test began. */
async function last(name: string): Promise<EmfLine> {
  const found = () => invocationLines(service.logs.slice(seen), name).at(-1);
  await expect.poll(found).toBeDefined();
  return found() as EmfLine;
}

const metricsOf = (line: EmfLine) => line._aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics);

test('a batch counts its rows by outcome', async () => {
  const stored = { timestamp: '2026-11-05T00:00:00Z', price: 1, sequence: 1 };
  const deleted = { ...stored, sequence: 2 };
  const other = { ...stored, sequence: 4 };
  const first = await service.post('/v1/market-data', { records: [tick(stored), tick(deleted), tick(other)] });
  await service.post('/v1/market-data/deletions', { ids: [first.body.firstId + 1], reason: 'test' });
  seen = service.logs.length;
  const { body } = await service.post('/v1/market-data', {
    records: [
      tick({ ...stored, sequence: 3 }),
      tick(stored),
      tick({ ...other, price: 2 }),
      tick(deleted),
      tick({ price: 'x' }),
    ],
  });
  const line = await last('ingest');
  expect(line).toMatchObject({
    Service: 'tick-store-test',
    batchId: body.batchId,
    RowsReceived: 5,
    RowsInserted: 1,
    RowsReplaced: 0,
    RowsDuplicate: 1,
    RowsConflicting: 1,
    RowsTombstoned: 1,
    RowsRejected: 1,
    IdempotentReplays: 0,
    Retries: 0,
    ClientErrors: 0,
    InternalErrors: 0,
    ServerErrors: 0,
  });
  expect(line['requestId']).toMatch(/^[0-9a-f-]{36}$/);
  expect(line['BulkInsertMs']).toHaveLength(1);
  expect(line['TotalMs']).toBeGreaterThan(line['BulkInsertMs'][0]);
  if (functionsReportWaits) expect(line['AcquireMs'].length).toBeGreaterThan(0);
  else expect(line).not.toHaveProperty('AcquireMs');
});

test('a batch that is refused as a whole counts the rows that it received and rejected', async () => {
  expect((await service.post('/v1/market-data', { records: [tick({ price: 'x' })] })).status).toBe(422);
  const rejected = await last('ingest');
  expect(rejected).toMatchObject({
    RowsReceived: 1,
    RowsRejected: 1,
    RowsInserted: 0,
    ClientErrors: 1,
    ServerErrors: 0,
  });
  const records = [tick(), tick({ price: 'x' }), tick()];
  expect((await service.post('/v1/market-data', { records }, { query: { atomic: true } })).status).toBe(422);
  await expect
    .poll(() => invocationLines(service.logs.slice(seen), 'ingest').at(-1))
    .toMatchObject({ RowsReceived: 3, RowsRejected: 1, RowsInserted: 0, ClientErrors: 1 });
});

test('a replay counts as one, and its rows not again', async () => {
  const headers = { 'Idempotency-Key': 'metrics-replay' };
  await service.post('/v1/market-data', { records: ticks(3) }, { headers });
  expect(await last('ingest')).toMatchObject({ IdempotentReplays: 0, RowsInserted: 3 });
  seen = service.logs.length;
  const { body } = await service.post('/v1/market-data', { records: ticks(3) }, { headers });
  const line = await last('ingest');
  expect(line).toMatchObject({ IdempotentReplays: 1, batchId: body.batchId });
  expect(line).not.toHaveProperty('RowsInserted');
});

test('deletions and restorations count the rows that changed', async () => {
  const { body } = await service.post('/v1/market-data', { records: ticks(4) });
  const deletion = await service.post('/v1/market-data/deletions', { batchId: body.batchId, reason: 'test' });
  const deleted = await last('delete');
  expect(deleted).toMatchObject({ RowsDeleted: 4, operationId: deletion.body.operationId });
  expect(deleted['SoftDeleteMs']).toHaveLength(1);
  await service.post('/v1/market-data/restorations', { operationId: deletion.body.operationId, reason: 'test' });
  const restored = await last('restore');
  expect(restored).toMatchObject({ RowsRestored: 4 });
  expect(restored['RestoreMs']).toHaveLength(1);
  await service.post('/v1/market-data/deletions', { batchId: body.batchId, reason: 'test', dryRun: true });
  await expect.poll(() => invocationLines(service.logs.slice(seen), 'delete').at(-1)).not.toHaveProperty('RowsDeleted');
});

test('reads are counted by kind, and client errors separately from internal errors', async () => {
  await service.get('/v1/market-data/latest', { query: { symbols: 'ES' } });
  expect((await last('read'))['SelectLatestMs']).toHaveLength(1);
  seen = service.logs.length;
  await service.get('/v1/market-data', { query: { symbol: 'ES' } });
  const read = await last('read');
  expect(read['SelectMs']).toHaveLength(1);
  expect(read).toMatchObject({ ClientErrors: 0 });
  seen = service.logs.length;
  await service.get('/v1/market-data/99999999');
  expect(await last('read')).toMatchObject({ ClientErrors: 1, InternalErrors: 0 });
});

test('only the first invocation of an environment is a cold start', async () => {
  const fresh = await startService({ concurrency: 1 });
  try {
    for (let i = 0; i < 3; i++) await fresh.get('/v1/instruments');
    await expect.poll(() => invocationLines(fresh.logs, 'read').length).toBe(3);
    expect(invocationLines(fresh.logs, 'read').map((line) => line['ColdStart'])).toEqual([1, 0, 0]);
  } finally {
    await fresh.stop();
  }
});

test('an unreachable database is counted by its kind', async () => {
  const away = await startService({ databaseUrl: () => 'postgres://app:hidden-word@127.0.0.1:1/ticks' });
  try {
    expect((await away.get('/v1/instruments')).status).toBe(503);
    await expect.poll(() => invocationLines(away.logs, 'read').length).toBe(1);
    const [line] = invocationLines(away.logs, 'read');
    expect(line).toMatchObject({
      UnavailableErrors: 1,
      ServerErrors: 1,
      OverloadErrors: 0,
      InternalErrors: 0,
      ClientErrors: 0,
      Retries: 2,
    });
    const { status, body } = await away.get('/v1/health');
    expect(status).toBe(503);
    expect(body).toEqual({
      status: 'critical',
      alerts: ['CRITICAL: Database unreachable: the last sample cannot be read (unavailable)'],
      sample: null,
      ageSeconds: null,
    });
    expect(away.logs.join('\n')).not.toContain('hidden-word');
  } finally {
    await away.stop();
  }
});

test('each request’s log line leads to its batch or operation', async () => {
  const { body, headers } = await service.post('/v1/market-data', { records: ticks(1) });
  const requestId = headers.get('x-request-id');
  const lineOf = () =>
    service.logs
      .map((line) => JSON.parse(line))
      .find((line) => line.message === 'request' && line.requestId === requestId);
  await expect.poll(lineOf).toMatchObject({ status: 200, batchId: body.batchId });
});

test('no line contains a value of a row', async () => {
  const price = 98_761.234_567;
  const alertMessage = 'a-very-private-message';
  await service.post('/v1/market-data', { records: [tick({ price }), tick({ price, volume: -98_761 })] });
  await service.put('/v1/alert-rules/private', {
    symbol: 'ES',
    ruleType: 'threshold',
    condition: 'above',
    threshold: price,
  });
  await service.post('/v1/alert-logs', { records: [{ alertMessage, triggerValue: price }] });
  await last('ingest');
  const text = service.logs.slice(seen).join('\n');
  for (const value of ['98761', alertMessage]) expect(text).not.toContain(value);
});

test('the emitted metrics are those of the catalogue, with its dimensions', async () => {
  const records = ticks(2, { symbol: 'NQ', sequence: 77 });
  const { body: receipt } = await service.post('/v1/market-data', { records });
  await service.post('/v1/market-data', { records: [{ ...records[0], price: 'x' }, ...records] });
  const { body: deletion } = await service.post('/v1/market-data/deletions', {
    batchId: receipt.batchId,
    reason: 'test',
  });
  await service.post('/v1/market-data/restorations', { operationId: deletion.operationId, reason: 'test' });
  await service.get('/v1/market-data', { query: { symbol: 'NQ' } });
  await service.get('/v1/market-data/latest', { query: { symbols: 'NQ' } });
  await service.put('/v1/instruments/METRICS', {});
  await service.environments.invoke('maintain-partitions', {});
  await service.environments.invoke('probe-health', {});
  // an old sample says nothing about the current state
  await service.sql(`update tick_store.health_samples set taken_at = taken_at - interval '1 day'`);
  expect((await service.get('/v1/health')).status).toBe(503);
  const emitted = new Set<string>();
  const lines = emfLines(service.logs);
  for (const line of lines) {
    const isProbe = 'ProbeUp' in line;
    expect(line._aws.CloudWatchMetrics.map(({ Dimensions }) => Dimensions)).toEqual([
      DIMENSION_SETS[isProbe ? 'probe' : 'function'],
      ...(PER_VERSION.metrics.some((name) => name in line) ? [PER_VERSION.dimensions] : []),
    ]);
    for (const { Name, Unit, StorageResolution = 60 } of metricsOf(line)) {
      const definition = METRICS[Name as keyof typeof METRICS] as MetricDefinition | undefined;
      expect(definition, Name).toMatchObject({ unit: Unit, resolution: StorageResolution });
      expect(definition?.source).toBe(isProbe ? 'probe' : 'function');
      emitted.add(Name);
    }
  }
  const ofFunctions = Object.entries<MetricDefinition>(METRICS).filter(([, { source }]) => source === 'function');
  expect([...emitted].filter((name) => METRICS[name as keyof typeof METRICS].source === 'function').sort()).toEqual(
    ofFunctions
      .map(([name]) => name)
      .filter((name) => functionsReportWaits || name !== 'AcquireMs')
      .sort(),
  );
  expect(new Set(lines.map((line) => line['Function']).filter(Boolean))).toEqual(
    new Set(['ingest', 'delete', 'restore', 'read', 'reference-data', 'health', 'maintain-partitions', 'probe-health']),
  );
});
