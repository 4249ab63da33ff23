import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DELIVERY_STATUSES, FIRED_STATUSES } from '../../functions/contract/alert-logs.ts';
import { type BodyFormat, bodyOf, expectProblem, MEDIA_TYPES, send } from '../support/bodies.ts';
import { outcomesIn, outcomesOf, rowCounts, storedRows } from '../support/receipts.ts';
import { alert, newInstrument, newRule } from '../support/records.ts';
import { type RequestOptions, startService, type TestService } from '../support/service.ts';
import type { TickInput } from '../support/ticks.ts';

let service: TestService;
let symbol: string;
let ruleId: number;
beforeAll(async () => {
  service = await startService();
  symbol = await newInstrument(service, { name: 'Bund future' });
  ruleId = await newRule(service, symbol, 'bund above 130');
});
afterAll(() => service.stop());

const log = (fields: TickInput = {}) => alert(ruleId, { symbol, ...fields });
const post = (records: readonly object[], options?: RequestOptions) =>
  service.post('/v1/alert-logs', { records }, options);
const FORMATS = Object.keys(MEDIA_TYPES) as BodyFormat[];

const everything = {
  triggerValue: 130.005,
  thresholdValue: -0.1,
  firedStatus: 'suppressed',
  deliveryStatus: 'slack_sent',
  evaluationTimeMs: 0.125,
  ruleCondition: 'last > 130 and volume >= 5',
  alertMessage: 'Bund über 130 — "πάντα ῥεῖ" 🚀',
  errorMessage: '',
  deliveryAttemptedAt: '2026-11-02T14:30:00.000002Z',
  deliveryCompletedAt: '2026-11-02T14:30:00.500000Z',
};

test('an alert log is returned as it was sent, with its names', async () => {
  const { status, body } = await post([log(everything)]);
  expect([status, outcomesOf(body)]).toEqual([200, ['inserted']]);
  expect((await service.get(`/v1/alert-logs/${body.firstId}`)).body).toEqual({
    ...everything,
    id: body.firstId,
    batchId: body.batchId,
    timestamp: '2026-11-02T14:30:00.000001Z',
    ruleId,
    ruleName: 'bund above 130',
    instrumentId: expect.any(Number),
    symbol,
    instrumentName: 'Bund future',
    deletedAt: null,
    deletedBy: null,
  });
});

test('omitted fields are null, and the delivery is pending', async () => {
  const { body } = await post([log(), log({ deliveryStatus: null, alertMessage: null })]);
  for (const id of [body.firstId, body.firstId + 1])
    expect((await service.get(`/v1/alert-logs/${id}`)).body).toMatchObject({
      deliveryStatus: 'pending',
      evaluationTimeMs: null,
      ruleCondition: null,
      alertMessage: null,
      errorMessage: null,
      deliveryAttemptedAt: null,
      deliveryCompletedAt: null,
    });
});

test.each(FORMATS)('the same log is accepted as %s', async (format) => {
  const own = await newInstrument(service);
  // CSV cannot express an empty text: an empty cell is null
  const { errorMessage: _, alertMessage, ...rest } = everything;
  const text = 'Bund über 130 🚀';
  const body = bodyOf(format, [log({ ...rest, symbol: own, alertMessage: text })]);
  const reply = await send(service, body, format, { path: '/v1/alert-logs', gzip: true });
  expect([reply.status, reply.body.inserted]).toEqual([200, 1]);
  expect(await storedRows(service, own, 'alert_message, trigger_value, evaluation_time_ms', 'alert_logs')).toEqual([
    { alert_message: text, trigger_value: 130.005, evaluation_time_ms: 0.125 },
  ]);
  expect(alertMessage).toContain('"');
});

test('a CSV in snake_case may quote commas, quotes and line ends', async () => {
  const own = await newInstrument(service);
  const csv = `timestamp,rule_id,symbol,trigger_value,threshold_value,fired_status,alert_message\n2026-11-02,${ruleId},${own},1,2,fired,"a, ""b""\nc"`;
  expect((await send(service, csv, 'csv', { path: '/v1/alert-logs' })).body.inserted).toBe(1);
  expect(await storedRows(service, own, 'alert_message', 'alert_logs')).toEqual([{ alert_message: 'a, "b"\nc' }]);
});

test('every value of an enumeration is accepted, and no other', async () => {
  const good = [
    ...FIRED_STATUSES.map((firedStatus) => log({ firedStatus })),
    ...DELIVERY_STATUSES.map((deliveryStatus) => log({ deliveryStatus })),
  ];
  const bad = [log({ firedStatus: 'FIRED' }), log({ deliveryStatus: 'delivered' }), log({ firedStatus: null })];
  const { body } = await post([...good, ...bad]);
  expect([body.inserted, body.rejected]).toEqual([good.length, bad.length]);
  expect(body.rejections.map((rejection: { code: string }) => rejection.code)).toEqual([
    'invalid_choice',
    'invalid_choice',
    'required',
  ]);
});

test('an unknown rule or instrument rejects its record, and one created meanwhile does not', async () => {
  const { body } = await post([log(), log({ ruleId: ruleId + 1 }), log({ ruleId: 2 ** 40 }), log({ symbol: 'NONE' })]);
  expect(outcomesOf(body)).toEqual(['inserted', 'rejected', 'rejected', 'rejected']);
  expect(body.rejections.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)).toEqual([
    'ruleId unknown_rule',
    'ruleId unknown_rule',
    'symbol unknown_instrument',
  ]);
  const next = await newRule(service, symbol);
  expect((await post([log({ ruleId: next })])).body.inserted).toBe(1);
});

describe('a batch of alert logs follows the rules of batches', () => {
  test('the same log twice is two rows, because it has no sequence', async () => {
    const own = await newInstrument(service);
    await post([log({ symbol: own }), log({ symbol: own })]);
    expect(await storedRows(service, own, 'id', 'alert_logs')).toHaveLength(2);
    expectProblem(await post([log({ sequence: 1 })]), 422, 'all_rejected');
  });

  test('a request with a used key is replayed byte for byte, and refused with another payload', async () => {
    const options = { headers: { 'idempotency-key': 'alert' } };
    const first = await post([log(), {}], options);
    const before = await rowCounts(service);
    const again = await post([log(), {}], options);
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    expectProblem(await post([log()], options), 409, 'idempotency_key_reused');
    expect(await rowCounts(service)).toEqual(before);
    expect((await service.get(`/v1/alert-logs/batches/${first.body.batchId}`)).text).toBe(first.text);
  });

  test('an atomic batch writes nothing if one record is rejected', async () => {
    const before = await rowCounts(service);
    const { status, body } = await post([log(), log({ ruleId: 0 })], { query: { atomic: true } });
    expect([status, body.code, outcomesIn(body)]).toEqual([422, 'atomic_rejected', ['inserted', 'rejected']]);
    expect(await rowCounts(service)).toEqual(before);
    expect((await post([log(), log()], { query: { atomic: true } })).body.inserted).toBe(2);
  });

  test('rows of the distant past are stored in quarters that are created for them', async () => {
    const own = await newInstrument(service);
    const times = [
      '1970-01-01T00:00:00Z',
      '1999-12-31T23:59:59.999999Z',
      '2012-03-31T23:59:59Z',
      '2012-04-01T00:00:00Z',
    ];
    await Promise.all(times.map((timestamp) => post([log({ symbol: own, timestamp })])));
    const rows = await storedRows(service, own, '"timestamp", tableoid::regclass::text as partition', 'alert_logs');
    expect(rows.map((row) => row['partition'])).toEqual(
      ['1970_q1', '1999_q4', '2012_q1', '2012_q2'].map((quarter) => `tick_store.alert_logs_${quarter}`),
    );
  });
});
