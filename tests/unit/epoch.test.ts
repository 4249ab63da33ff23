import { describe, expect, test } from 'vitest';
import { epochMicros, explainNumber, integerOf, NumberText, type TimeUnit } from '../../functions/contract/epoch.ts';
import { readRecordTime, type TimeDialect } from '../../functions/contract/record-time.ts';

const NOW = Date.parse('2026-11-02T15:00:00Z') * 1000;
const read = (value: unknown, dialect: Partial<TimeDialect> = {}) =>
  readRecordTime(value, { missingOffset: 'refuse', truncate: false, ...dialect }, NOW, dialect.truncate);

describe('a number is read in its unit, to the microsecond', () => {
  test.each<[string, TimeUnit, string]>([
    ['1704067200', 's', '2024-01-01T00:00:00.000000Z'],
    ['1704067200.000001', 's', '2024-01-01T00:00:00.000001Z'],
    ['1704067200123', 'ms', '2024-01-01T00:00:00.123000Z'],
    ['1704067200000.001', 'ms', '2024-01-01T00:00:00.000001Z'],
    ['1.7040672e12', 'ms', '2024-01-01T00:00:00.000000Z'],
    ['1704067200000001', 'us', '2024-01-01T00:00:00.000001Z'],
    ['1704067200000001000', 'ns', '2024-01-01T00:00:00.000001Z'],
    ['0', 's', '1970-01-01T00:00:00.000000Z'],
    ['17040672e2', 's', '2024-01-01T00:00:00.000000Z'],
  ])('%s %s', (text, unit, iso) => {
    const micros = Date.parse(iso) * 1000 + Number(iso.slice(23, 26));
    expect(epochMicros(new NumberText(text), unit, false)).toBe(micros);
    expect(read(new NumberText(text), { unit })).toBe(micros);
    if (text.length < 17) expect(epochMicros(Number(text), unit, false)).toBe(micros);
  });
});

describe('digits below a microsecond are refused, or truncated if that is declared', () => {
  test.each<[string, TimeUnit, number]>([
    ['1735689600000.0004', 'ms', 1735689600000000],
    ['1735689600000.00101', 'ms', 1735689600000001],
    ['1735689600.1234567', 's', 1735689600123456],
    ['1735689600000000.5', 'us', 1735689600000000],
    ['1735689600000000001', 'ns', 1735689600000000],
    ['1735689600000001999', 'ns', 1735689600000001],
  ])('%s %s', (text, unit, micros) => {
    expect(read(new NumberText(text), { unit })).toMatchObject({ code: 'too_precise' });
    expect(read(new NumberText(text), { unit, truncate: true })).toBe(micros);
  });
  test('and in texts too', () => {
    expect(read('2024-01-02T09:30:00.123456789Z')).toMatchObject({ code: 'too_precise' });
    expect(read('2024-01-02T09:30:00.123456789Z', { truncate: true })).toBe(1704187800123456);
  });
});

describe('a number without a declared unit is milliseconds if that is plausible, and otherwise the error suggests a unit', () => {
  test.each([
    [1704067200, 'ambiguous_time_unit', '1704067200 looks like seconds: send timeUnit=s, milliseconds or ISO 8601'],
    [20240102, 'ambiguous_time_unit', 'looks like yyyyMMdd: send timeFormat=yyyyMMdd'],
    [202401020931, 'ambiguous_time_unit', 'looks like yyyyMMddHHmm'],
    [45293.3958333333, 'ambiguous_time_unit', "a spreadsheet's day number"],
    [2024, 'ambiguous_time_unit', 'looks like a year'],
    [5, 'ambiguous_time_unit', 'in no known unit'],
    [1704067200000000, 'out_of_range', 'looks like microseconds: send timeUnit=us'],
    [1704067200000000000, 'out_of_range', 'looks like nanoseconds: send timeUnit=ns'],
    [20240102093000, 'out_of_range', 'looks like yyyyMMddHHmmss'],
    [20240102093000124, 'out_of_range', 'looks like yyyyMMddHHmmssSSS'],
  ])('%s', (number, code, message) => {
    for (const value of [number, new NumberText(String(number))]) {
      const refusal = read(value);
      expect(refusal).toMatchObject({ code });
      expect((refusal as { message: string }).message).toContain(message);
    }
  });
  test('a declared unit is always used', () => {
    expect(read(1704067200, { unit: 'ms' })).toBe(1704067200000);
    expect(read(1704067200123, { unit: 's' })).toMatchObject({
      code: 'out_of_range',
      message: expect.stringContaining('milliseconds'),
    });
  });
});

test('whether a number is an integer is decided by its text', () => {
  for (const [text, integer] of [
    ['4503599627370497.5', undefined],
    ['0.99999999999999999', undefined],
    ['9007199254740991', 9007199254740991],
    ['4503599627370497.0', 4503599627370497],
    ['1e-400', undefined],
    ['17e3', 17000],
  ] as const)
    expect([text, integerOf(new NumberText(text))]).toEqual([text, integer]);
  expect([integerOf(1.5), integerOf('1'), integerOf(7)]).toEqual([undefined, undefined, 7]);
});

test('the suggested unit never depends on the sign of a number or on its size', () => {
  for (const text of ['1e400', '-1e400', '1e-400', '0', '9'.repeat(60)])
    expect(explainNumber(new NumberText(text)).length).toBeLessThan(150);
});
