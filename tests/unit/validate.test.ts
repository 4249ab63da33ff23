import { describe, expect, test } from 'vitest';
import { alert } from '../support/records.ts';
import { tick } from '../support/ticks.ts';
import { NOW, validateAlertLogs, validateTicks, valuesOf, verdict } from '../support/validation.ts';

const ofTick = (fields: object) => verdict(validateTicks([tick({ ...fields })]));
const ofAlert = (fields: object) => verdict(validateAlertLogs([alert(7, { ...fields })]));

describe('no value of a tick is coerced', () => {
  test.each(['1.5', '', true, false, [1], {}, Number.NaN, Number.POSITIVE_INFINITY, 1n])('price %o', (price) => {
    expect(ofTick({ price })).toMatch(/^price: (invalid_type|not_finite)$/);
  });
  test.each(['17', 1.5, true, Number.NaN, Number.POSITIVE_INFINITY, []])('sequence %o', (sequence) => {
    expect(ofTick({ sequence })).toBe('sequence: invalid_type');
  });
  test.each([true, {}, [], Number.NaN, Number.POSITIVE_INFINITY])('timestamp %o', (timestamp) => {
    expect(ofTick({ timestamp })).toBe('timestamp: invalid_type');
  });
  test.each([17, true, {}, []])('symbol %o', (symbol) => {
    expect(ofTick({ symbol })).toBe('symbol: invalid_type');
  });
  test.each(['1', 1.5, true, Number.NaN])('instrumentId %o', (instrumentId) => {
    expect(ofTick({ instrumentId })).toBe('instrumentId: invalid_type');
  });
});

describe('each rule has its code', () => {
  test.each([
    [{ volume: -1 }, 'volume: negative'],
    [{ bidSize: -0.001 }, 'bidSize: negative'],
    [{ askSize: -5e-324 }, 'askSize: negative'],
    [{ highPrice: 1, lowPrice: 2 }, 'highPrice: high_below_low'],
    [{ sequence: 2 ** 53 }, 'sequence: out_of_range'],
    [{ sequence: -(2 ** 53) }, 'sequence: out_of_range'],
    [{ prise: 1 }, 'prise: unknown_field'],
    [{ open: 1 }, 'open: unknown_field'],
    [{ bid_size: 1 }, 'bid_size: unknown_field'],
    [{ id: 1 }, 'id: unknown_field'],
    [{ toString: 1 }, 'toString: unknown_field'],
    [{ timestamp: null }, 'timestamp: required'],
    [{ timestamp: '2026-11-02T14:30:00' }, 'timestamp: missing_offset'],
    [{ timestamp: '2026-11-02T14:30:00.0000001Z' }, 'timestamp: too_precise'],
    [{ timestamp: '' }, 'timestamp: invalid_timestamp'],
    [{ timestamp: -1 }, 'timestamp: out_of_range'],
    [{ timestamp: 0 }, 'timestamp: ambiguous_time_unit'],
    [{ timestamp: 99_999_999_999 }, 'timestamp: ambiguous_time_unit'],
    [{ timestamp: 1_700_000_000_000.0005 }, 'timestamp: too_precise'],
    [{ price: null }, ': empty_record'],
    [{ price: null, sequence: 7 }, ': empty_record'],
    [{ timestamp: 8.64e15 }, 'timestamp: out_of_range'],
    [{ timestamp: Number.MAX_VALUE }, 'timestamp: out_of_range'],
    [{ timestamp: '1969-12-31T23:59:59.999999Z' }, 'timestamp: out_of_range'],
    [{ symbol: 'XX' }, 'symbol: unknown_instrument'],
    [{ symbol: 'es' }, 'symbol: unknown_instrument'],
    [{ symbol: '' }, 'symbol: unknown_instrument'],
    [{ instrumentId: 3 }, 'instrumentId: unknown_instrument'],
    [{ instrumentId: 2 }, 'instrumentId: instrument_mismatch'],
  ])('%o', (fields, expected) => expect(ofTick(fields)).toBe(expected));
});

describe('whatever the contract allows is accepted', () => {
  test.each([
    { price: 0 },
    { price: -1250 },
    { bid: -0.5, ask: -0.25 },
    { price: null, bid: null, volume: 0, sequence: null },
    { volume: 0 },
    { volume: 0.00000001, bidSize: 1e-12 },
    { highPrice: 2, lowPrice: 2 },
    { highPrice: 1, lowPrice: null },
    { lowPrice: 5 },
    { sequence: 0 },
    { sequence: -17 },
    { sequence: Number.MAX_SAFE_INTEGER },
    { timestamp: 1e11 },
    { timestamp: 1_700_000_000_000.5 },
    { instrumentId: 1 },
    { instrumentId: null },
    { symbol: null, instrumentId: 2 },
  ])('%o', (fields) => expect(ofTick(fields)).toBe('accepted'));
});

test('the latest time is now plus one day, to the microsecond', () => {
  const bound = Date.parse(NOW) + 86_400_000;
  expect(ofTick({ timestamp: new Date(bound).toISOString() })).toBe('accepted');
  expect(ofTick({ timestamp: bound })).toBe('accepted');
  expect(ofTick({ timestamp: '2026-11-03T15:00:00.000001Z' })).toBe('timestamp: out_of_range');
});

describe('a value that is not an object is not a record', () => {
  test.each([null, 1, 'tick', true, [], [tick()]])('%o', (record) => {
    expect(verdict(validateTicks([record]))).toBe(': invalid_type');
  });
});

test('a record without an instrument gets that of the query, and may not name another', () => {
  const { symbol: _, ...anonymous } = tick();
  expect(verdict(validateTicks([anonymous]))).toBe('instrumentId: required');
  const batch = validateTicks([anonymous, tick({ symbol: 'NQ' }), tick({ symbol: 'ES' })], { instrumentId: 2 });
  expect(batch.rejections.map(({ index, code }) => [index, code])).toEqual([[2, 'instrument_mismatch']]);
  expect([...batch.columns.instruments.slice(0, 2)]).toEqual([2, 2]);
});

test('a rejected record leaves nothing behind in the next one', () => {
  const batch = validateTicks([
    tick({ bid: 1, volume: 2, sequence: 3, price: 'x' }),
    tick({ bid: 7, highPrice: 1, lowPrice: 2 }),
    { timestamp: NOW, symbol: 'NQ', ask: 6 },
    tick({ price: 5 }),
  ]);
  expect([batch.rejected, batch.received, batch.columns.length]).toEqual([[0, 1], 4, 2]);
  for (const name of ['bid', 'volume', 'sequence', 'highPrice', 'lowPrice'])
    expect(valuesOf(batch, name)).toEqual([null, null]);
  expect(valuesOf(batch, 'price')).toEqual([null, 5]);
  expect([...batch.columns.indexes.slice(0, 2)]).toEqual([2, 3]);
});

test('the first thousand rejections are listed, and all are counted', () => {
  const batch = validateTicks(Array.from({ length: 1500 }, () => ({})));
  expect([batch.rejections.length, batch.rejected.length, batch.rejections.at(-1)?.index]).toEqual([1000, 1500, 999]);
});

test('__proto__ in a record refuses the batch', () => {
  expect(() => validateTicks([JSON.parse('{"__proto__":1}')])).toThrow('__proto__');
});

describe('an alert log', () => {
  test.each([
    [{ ruleId: 8 }, 'ruleId: unknown_rule'],
    [{ ruleId: '7' }, 'ruleId: invalid_type'],
    [{ ruleId: null }, 'ruleId: required'],
    [{ triggerValue: null }, 'triggerValue: required'],
    [{ thresholdValue: undefined }, 'thresholdValue: invalid_type'],
    [{ firedStatus: 'Fired' }, 'firedStatus: invalid_choice'],
    [{ firedStatus: null }, 'firedStatus: required'],
    [{ deliveryStatus: 'sent' }, 'deliveryStatus: invalid_choice'],
    [{ deliveryStatus: 1 }, 'deliveryStatus: invalid_type'],
    [{ evaluationTimeMs: -1 }, 'evaluationTimeMs: negative'],
    [{ ruleCondition: 'x'.repeat(501) }, 'ruleCondition: too_long'],
    [{ alertMessage: 'x'.repeat(2001) }, 'alertMessage: too_long'],
    [{ alertMessage: 'a\0b' }, 'alertMessage: invalid_text'],
    [{ errorMessage: 'half \ud83d' }, 'errorMessage: invalid_text'],
    [{ alertMessage: 5 }, 'alertMessage: invalid_type'],
    [{ deliveryAttemptedAt: 'soon' }, 'deliveryAttemptedAt: invalid_timestamp'],
    [{ deliveryCompletedAt: '1969-12-31T00:00:00Z' }, 'deliveryCompletedAt: out_of_range'],
    [{ deliveryCompletedAt: true }, 'deliveryCompletedAt: invalid_type'],
    [{ price: 1 }, 'price: unknown_field'],
    [{ sequence: 1 }, 'sequence: unknown_field'],
  ])('with %o is rejected', (fields, expected) => expect(ofAlert(fields)).toBe(expected));

  test.each([
    { deliveryStatus: null },
    { deliveryStatus: 'all_delivered', evaluationTimeMs: 0.25 },
    { alertMessage: 'π 🚀 \u202e"quoted", \n', errorMessage: '' },
    { alertMessage: null, deliveryAttemptedAt: null },
    { deliveryAttemptedAt: 1e11, deliveryCompletedAt: '2026-11-02 14:30:01.5+01:00' },
    { triggerValue: -0.1, thresholdValue: 0 },
  ])('with %o is accepted', (fields) => expect(ofAlert(fields)).toBe('accepted'));

  test('is pending by default', () => {
    const batch = validateAlertLogs([
      alert(7),
      alert(7, { deliveryStatus: 'failed' }),
      alert(7, { deliveryStatus: null }),
    ]);
    expect(valuesOf(batch, 'deliveryStatus')).toEqual(['pending', 'failed', 'pending']);
  });
});
