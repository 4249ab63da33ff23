import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTimestamp, type MissingOffset, parseTimestamp } from '../../functions/contract/time.ts';

const parse = (text: string, missingOffset: MissingOffset = 'refuse') => parseTimestamp(text, missingOffset);
/** Microseconds of a moment that `Date` can say, and some beyond its milliseconds. */
const micros = (iso: string, more = 0) => Date.parse(iso) * 1000 + more;

describe('a timestamp keeps its microseconds', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['2026-01-31T23:59:59.999999Z', micros('2026-01-31T23:59:59.999Z', 999)],
    ['2026-01-31T23:59:59.1Z', micros('2026-01-31T23:59:59.100Z')],
    ['2026-01-31T23:59:59.123456000Z', micros('2026-01-31T23:59:59.123Z', 456)],
    ['2026-01-31 23:59:59.000010Z', micros('2026-01-31T23:59:59Z', 10)],
    ['2024-02-29T12:00:00Z', micros('2024-02-29T12:00:00Z')],
    ['9999-12-31T23:59:59.999999Z', micros('9999-12-31T23:59:59.999Z', 999)],
  ])('%s', (text, expected) => expect(parse(text)).toBe(expected));
});

describe('an offset is applied', () => {
  test.each([
    ['2026-01-01T01:30:00+01:30', '2026-01-01T00:00:00Z'],
    ['2025-12-31T19:00:00-0500', '2026-01-01T00:00:00Z'],
    ['2026-01-01T09:00:00.000+09', '2026-01-01T00:00:00Z'],
    ['2026-01-01T14:00:00+14:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01 00:00z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01Z', '2026-01-01T00:00:00Z'],
  ])('%s', (text, utc) => expect(parse(text)).toBe(micros(utc)));
});

describe('a time that is not in the calendar is refused', () => {
  test.each([
    '2026-02-29T00:00:00Z',
    '2023-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-01T00:00:00+16:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T0:00:00Z',
    '2026-1-1T00:00:00Z',
    '20260101T000000Z',
    '+002026-01-01T00:00:00Z',
    '-2026-01-01T00:00:00Z',
    '2026-W01-1T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z ',
    '2026-01-01t00:00:00Z',
    '２０２６-01-01T00:00:00Z',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    'now',
    '1767225600000',
    '',
  ])('%j', (text) => expect(parse(text)).toBe('invalid_timestamp'));
});

test('a text without an offset is refused, or is UTC if the contract says so', () => {
  for (const text of ['2026-01-01T00:00:00.5', '2026-01-01 00:00', '2026-01-01']) {
    expect(parse(text)).toBe('missing_offset');
    expect(parse(text, 'utc')).toBe(parse(`${text}Z`));
  }
});

test('decimals beyond microseconds are refused unless they are zeros', () => {
  expect(parse('2026-01-01T00:00:00.1234567Z')).toBe('too_precise');
  expect(parse('2026-01-01T00:00:00.000000001+01:00')).toBe('too_precise');
  expect(parse('2026-01-01T00:00:00.123456000+01:00')).toBe(micros('2025-12-31T23:00:00.123Z', 456));
});

test('a refused day is refused again, and does not affect the cached day before it', () => {
  expect(parse('2026-02-28T00:00:00Z')).toBe(micros('2026-02-28T00:00:00Z'));
  expect(parse('2026-02-30T00:00:00Z')).toBe('invalid_timestamp');
  expect(parse('2026-02-30T00:00:00Z')).toBe('invalid_timestamp');
  expect(parse('2026-02-28T00:00:00Z')).toBe(micros('2026-02-28T00:00:00Z'));
});

const anyMicros = fc.integer({ min: 0, max: micros('2100-01-01T00:00:00Z') });

test('any time is read back from its text, whatever its offset', () => {
  const offset = fc.integer({ min: -15 * 60 - 59, max: 15 * 60 + 59 });
  fc.assert(
    fc.property(anyMicros, offset, (at, minutes) => {
      expect(parse(formatTimestamp(at))).toBe(at);
      const size = Math.abs(minutes);
      const two = (value: number) => String(value).padStart(2, '0');
      const suffix = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
      const local = formatTimestamp(at + minutes * 60e6).replace('Z', suffix);
      if (at + minutes * 60e6 >= 0) expect(parse(local)).toBe(at);
    }),
  );
});

test('texts of times sort like the times, and Date agrees to the millisecond', () => {
  fc.assert(
    fc.property(anyMicros, anyMicros, (a, b) => {
      expect(Math.sign(a - b)).toBe(formatTimestamp(a) < formatTimestamp(b) ? -1 : Number(a !== b));
      expect(Date.parse(formatTimestamp(a))).toBe(Math.floor(a / 1000));
    }),
  );
});

test('no text makes it throw', () => {
  const near = fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]?(\d\d:?){0,3}(\.\d{0,9})?(Z|[+-]\d\d:?\d?\d?)?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const result = parse(text, 'utc');
      // beyond the years that microseconds have in 2^53 it is still a number, which every caller bounds
      if (typeof result === 'number') expect(Number.isInteger(result)).toBe(true);
      else expect(['invalid_timestamp', 'too_precise']).toContain(result);
    }),
  );
});
