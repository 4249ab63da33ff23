import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  alert,
  allPages,
  newestFirst,
  newInstrument,
  newRule,
  remove,
  restore,
  standing,
  store,
} from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** An instrument with its own alert rule. */
async function ruled(): Promise<{ symbol: string; ruleId: number }> {
  const symbol = await newInstrument(service);
  return { symbol, ruleId: await newRule(service, symbol) };
}

const list = async (query: Record<string, string | number | boolean>) =>
  (await service.get('/v1/alert-logs', { query })).body.data.map((row: { id: number }) => row.id);

test('an alert log is returned as it was sent, with the names of its rule and instrument', async () => {
  const symbol = await newInstrument(service, { name: 'Tägliche Bohnen' });
  const ruleId = await newRule(service, symbol, 'über 4300 / Bohnen');
  const sent = {
    timestamp: '2026-11-02T14:30:00.123456Z',
    triggerValue: 4300.123456789,
    thresholdValue: -1,
    firedStatus: 'suppressed',
    deliveryStatus: 'slack_sent',
    evaluationTimeMs: 0.25,
    ruleCondition: 'price > 4300',
    alertMessage: 'ES "above" 4300 🚀\n',
    errorMessage: '',
    deliveryAttemptedAt: '2026-11-02T14:30:01.000001Z',
    deliveryCompletedAt: null,
  };
  const [id] = await store(service, [alert(ruleId, { symbol, ...sent })], 'alert-logs');
  const { body } = await service.get(`/v1/alert-logs/${id}`);
  expect(body).toMatchObject({
    id,
    ...sent,
    symbol,
    instrumentName: 'Tägliche Bohnen',
    ruleId,
    ruleName: 'über 4300 / Bohnen',
  });
  expect((await service.get('/v1/alert-logs', { query: { symbol } })).body.data).toEqual([body]);
  expect((await service.get('/v1/alert-logs/latest', { query: { symbols: symbol } })).body.data).toEqual({
    [symbol]: body,
  });
});

test('a delivery status that is not sent is pending', async () => {
  const { symbol, ruleId } = await ruled();
  const [id] = await store(service, [alert(ruleId, { symbol })], 'alert-logs');
  expect((await service.get(`/v1/alert-logs/${id}`)).body).toMatchObject({
    deliveryStatus: 'pending',
    alertMessage: null,
  });
});

test('filters by instrument, rule, fired and delivery status and time can be combined', async () => {
  const { symbol, ruleId } = await ruled();
  const secondRule = await newRule(service, symbol);
  const at = (second: number) => `2026-11-02T14:30:0${second}.000000Z`;
  const [a, b, c, d] = (await store(
    service,
    [
      alert(ruleId, { symbol, timestamp: at(1), deliveryStatus: 'failed' }),
      alert(ruleId, { symbol, timestamp: at(2), firedStatus: 'error' }),
      alert(secondRule, { symbol, timestamp: at(3), deliveryStatus: 'failed' }),
      alert(ruleId, { symbol: 'ES', timestamp: at(4) }),
    ],
    'alert-logs',
  )) as [number, number, number, number];
  expect(await list({ symbol })).toEqual([c, b, a]);
  expect(await list({ ruleId })).toEqual([d, b, a]);
  expect(await list({ symbol, ruleId })).toEqual([b, a]);
  expect(await list({ symbol, firedStatus: 'error' })).toEqual([b]);
  expect(await list({ symbol, deliveryStatus: 'failed' })).toEqual([c, a]);
  expect(await list({ ruleId, deliveryStatus: 'failed', firedStatus: 'fired' })).toEqual([a]);
  expect(await list({ symbol, start: at(2), end: at(3) })).toEqual([c, b]);
  expect(await list({ ruleId: 9_007_199_254_740_991 })).toEqual([]);
  expect(await list({ ruleId, firedStatus: 'suppressed' })).toEqual([]);
  for (const wrong of [{ firedStatus: 'FIRED' }, { deliveryStatus: 'lost' }, { ruleId: 0 }, { ruleId: 'x' }])
    expect((await service.get('/v1/alert-logs', { query: wrong })).status).toBe(422);
});

test('filters and pages can be combined', async () => {
  const { symbol, ruleId } = await ruled();
  const records = Array.from({ length: 40 }, (_, index) =>
    alert(ruleId, { symbol, firedStatus: index % 2 ? 'error' : 'fired' }),
  );
  const ids = await store(service, records, 'alert-logs');
  const walked = await allPages(service, '/v1/alert-logs', { ruleId, firedStatus: 'error', limit: 7 });
  expect(walked.map((row) => row.id)).toEqual(newestFirst(ids.filter((_, index) => index % 2)));
});

test('deletion, dry run, undo and history work as for ticks', async () => {
  const { symbol, ruleId } = await ruled();
  const ids = await store(
    service,
    [1, 2, 3].map(() => alert(ruleId, { symbol })),
    'alert-logs',
  );
  const filter = { symbol, start: '2026-11-02', end: '2026-11-03' };
  const dry = await remove(service, { filter, dryRun: true }, {}, 'alert-logs');
  expect(dry.body).toMatchObject({ affected: 3, ids: { affected: [[ids[0], ids[2]]] } });
  expect(await standing(service, symbol, 'alert-logs')).toHaveLength(3);

  const { body: deletion } = await remove(service, { filter, expectedCount: 3 }, {}, 'alert-logs');
  expect(await standing(service, symbol, 'alert-logs')).toEqual([]);
  expect((await service.get(`/v1/alert-logs/${ids[0]}`)).body.code).toBe('alert_log_not_found');
  expect((await service.get(`/v1/alert-logs/${ids[0]}`, { query: { includeDeleted: true } })).body).toMatchObject({
    deletedAt: deletion.at,
    deletedBy: deletion.operationId,
  });
  await restore(service, { ids: [ids[1]] }, {}, 'alert-logs');
  const { body: undo } = await restore(service, { operationId: deletion.operationId }, {}, 'alert-logs');
  expect(undo).toMatchObject({ affected: 2, unchanged: 1 });
  expect(await standing(service, symbol, 'alert-logs')).toHaveLength(3);
  const history = await service.get('/v1/alert-logs/operations', { query: { limit: 3 } });
  expect(history.body.data.map((row: { kind: string }) => row.kind)).toEqual([
    'restoration',
    'restoration',
    'deletion',
  ]);
  expect((await service.get(`/v1/alert-logs/operations/${undo.operationId}`)).body).toEqual(undo);
});

test('ids of ticks are not ids of alert logs', async () => {
  const { symbol, ruleId } = await ruled();
  const [alertId] = await store(service, [alert(ruleId, { symbol })], 'alert-logs');
  expect((await service.get(`/v1/market-data/${alertId}`)).status).toBe(404);
  expect((await remove(service, { ids: [alertId] })).body).toMatchObject({ affected: 0, notFound: 1 });
  const batchId = Math.floor((alertId as number) / 65_536);
  expect((await remove(service, { batchId })).body.code).toBe('batch_not_found');
  expect(await standing(service, symbol, 'alert-logs')).toEqual([alertId]);
});

test('a batch of alert logs returns its receipt again, and an unknown rule rejects one row', async () => {
  const { symbol, ruleId } = await ruled();
  const records = [
    alert(ruleId, { symbol }),
    alert(4_294_967_297, { symbol }),
    alert(ruleId, { symbol, firedStatus: 'maybe' }),
  ];
  const receipt = await service.post('/v1/alert-logs', { records });
  expect(receipt.body).toMatchObject({ inserted: 1, rejected: 2 });
  expect(receipt.body.rejections.map((rejection: { code: string }) => rejection.code)).toEqual([
    'unknown_rule',
    'invalid_choice',
  ]);
  const again = await service.get(`/v1/alert-logs/batches/${receipt.body.batchId}`);
  expect([again.status, again.text]).toEqual([200, receipt.text]);
});

test('the latest alerts have a key per requested instrument, by id or symbol', async () => {
  const { symbol, ruleId } = await ruled();
  const empty = await newInstrument(service);
  const ids = await store(
    service,
    [1, 2].map(() => alert(ruleId, { symbol })),
    'alert-logs',
  );
  const latest = async (query: Record<string, string | boolean>) =>
    (await service.get('/v1/alert-logs/latest', { query })).body.data;
  expect(await latest({ symbols: `${symbol},${empty},NOBODY` })).toMatchObject({
    [symbol]: { id: ids[1] },
    [empty]: null,
    NOBODY: null,
  });
  await remove(service, { ids: [ids[1]] }, {}, 'alert-logs');
  expect((await latest({ symbols: symbol }))[symbol].id).toBe(ids[0]);
  expect((await latest({ symbols: symbol, includeDeleted: true }))[symbol].id).toBe(ids[1]);
  expect(await latest({ instrumentIds: '9007199254740991' })).toEqual({ '9007199254740991': null });
});

// volume is the same on every backend
test.runIf(inject('backend') === 'pg')(
  'alerts that together pass 5 MB are refused with the limit and what to do',
  async () => {
    const { ruleId } = await ruled();
    const symbols = Array.from({ length: 450 }, (_, n) => `BIG ${process.pid}.${n}`);
    const text = '价'.repeat(2000);
    const records = symbols.map((symbol) => alert(ruleId, { symbol, alertMessage: text, errorMessage: text }));
    const stored = await service.post(
      '/v1/alert-logs',
      { records: records.slice(0, 250) },
      { query: { createInstruments: true } },
    );
    const rest = await service.post(
      '/v1/alert-logs',
      { records: records.slice(250) },
      { query: { createInstruments: true } },
    );
    expect([stored.body.inserted, rest.body.inserted]).toEqual([250, 200]);
    const reply = await service.post('/v1/alert-logs/latest', { symbols });
    expect([reply.status, reply.body.code]).toEqual([422, 'response_too_large']);
    expect(reply.body.detail).toMatch(
      /would have 5\d{6} bytes, and at most 5000000 .* fewer than these 450 instruments/,
    );
    expect((await service.post('/v1/alert-logs/latest', { symbols: symbols.slice(0, 300) })).status).toBe(200);
  },
);
