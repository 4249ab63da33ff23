import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTimeFormat } from '../../functions/contract/time-format.ts';
import { isTimeZone, wallClockOf } from '../../functions/contract/time-zone.ts';

const iso = (micros: unknown) => (typeof micros === 'number' ? new Date(micros / 1000).toISOString() : micros);

describe('a time in a declared form', () => {
  test.each([
    ['yyyyMMdd', '20240102', '2024-01-02T00:00:00.000Z'],
    ['yyyyMMdd HHmmss', '20120201 000100', '2012-02-01T00:01:00.000Z'],
    ['yyyyMMdd HHmmssSSS', '20120201 000003660', '2012-02-01T00:00:03.660Z'],
    ['dd.MM.yyyy HH:mm:ss.SSS', '02.01.2024 09:30:00.250', '2024-01-02T09:30:00.250Z'],
    ['MM/dd/yyyy', '10/23/2021', '2021-10-23T00:00:00.000Z'],
    ['M/d/yyyy h:mm a', '1/2/2024 9:30 PM', '2024-01-02T21:30:00.000Z'],
    ['M/d/yy h:mm:ss a', '12/31/69 12:00:01 am', '2069-12-31T00:00:01.000Z'],
    ['d-MMM-yy', '2-Jan-24', '2024-01-02T00:00:00.000Z'],
    ['dd-MMM-yyyy', '01-AUG-2025', '2025-08-01T00:00:00.000Z'],
    ['MMM dd, yyyy', 'Feb 29, 2024', '2024-02-29T00:00:00.000Z'],
    ['d MMMM yyyy', '5 September 2024', '2024-09-05T00:00:00.000Z'],
    ['EEE MMM d HH:mm:ss yyyy', 'Tue Jan 2 09:30:00 2024', '2024-01-02T09:30:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-01-02T09:30:00-05:00', '2024-01-02T14:30:00.000Z'],
    ["yyyyMMdd'T'HHmmssX", '20240102T093000Z', '2024-01-02T09:30:00.000Z'],
    ['yyyy-MM-dd HH:mm:ss Z', '2024-01-02 09:30:00 +0100', '2024-01-02T08:30:00.000Z'],
    ['yyyy-MM-dd HH:mm:ss VV', '2024-01-02 09:30:00 America/New_York', '2024-01-02T14:30:00.000Z'],
    ["yyyy-MM-dd HH:mm:ss 'UTC'", '2023-07-20 22:02:38 UTC', '2023-07-20T22:02:38.000Z'],
    ["h 'o''clock' a, d.M.yyyy", "4 o'clock PM, 2.1.2024", '2024-01-02T16:00:00.000Z'],
    ['yyyy.MM.dd HH:mm', '2007.01.01 00:00', '2007-01-01T00:00:00.000Z'],
  ])('%s', (pattern, text, expected) => expect(iso(compileTimeFormat(pattern).parse(text, 'utc'))).toBe(expected));

  test('keeps microseconds, and refuses smaller units', () => {
    const format = compileTimeFormat('yyyyMMdd HHmmss.SSSSSSSSS');
    expect(format.parse('20240102 093000.123456000', 'utc')).toBe(1704187800123456);
    expect(format.parse('20240102 093000.123456789', 'utc')).toBe('too_precise');
    expect(format.parse('20240102 093000.123456789', 'utc', true)).toBe(1704187800123456);
  });

  test.each([
    ['dd.MM.yyyy', '30.02.2024'],
    ['dd.MM.yyyy', '2.1.2024'],
    ['dd.MM.yyyy', '02.01.2024 '],
    ['MM/dd/yyyy', '13/01/2024'],
    ['yyyyMMdd HHmmss', '20240102 240000'],
    ['d-MMM-yy', '2-Foo-24'],
    ['h:mm a d.M.yyyy', '13:00 PM 1.1.2024'],
    ['yyyy-MM-dd VV', '2024-01-02 Mars/Base'],
    ['yyyyMMdd', ''],
  ])('%s refuses %j', (pattern, text) =>
    expect(compileTimeFormat(pattern).parse(text, 'utc')).toBe('invalid_timestamp'),
  );

  test('without an offset is in the zone that the batch declares', () => {
    const { parse } = compileTimeFormat('yyyyMMdd HHmm');
    expect(parse('20240102 0930', 'refuse')).toBe('missing_offset');
    expect(iso(parse('20240702 0930', wallClockOf('America/New_York')))).toBe('2024-07-02T13:30:00.000Z');
  });

  test.each([
    ['YYYY-MM-DD', 'yyyy'],
    ['%Y-%m-%d', 'strptime'],
    ['yyyy-MM-ddTHH:mm', "'T'"],
    ['HH:mm', 'a year, a month and a day'],
    ['yyyy-MM-dd hh:mm', 'AM and PM'],
    ['yyyy-MM-dd dd', 'twice'],
    ['yyyy-MM-dd q', 'apostrophes'],
  ])('%s is refused with the reason', (pattern, reason) => expect(() => compileTimeFormat(pattern)).toThrow(reason));
});

describe('the clocks of a zone', () => {
  const newYork = wallClockOf('America/New_York');
  const wall = (text: string) => Date.parse(`${text}Z`) * 1000;

  test('a time that occurs twice is the first one, or the second if declared', () => {
    const at = wall('2024-11-03T01:30:00');
    expect(iso(newYork(at))).toBe('2024-11-03T05:30:00.000Z');
    expect(iso(wallClockOf('America/New_York', 'second')(at))).toBe('2024-11-03T06:30:00.000Z');
  });

  test('a time that does not occur is refused, to the microsecond', () => {
    expect(newYork(wall('2024-03-10T01:59:59.999') + 999)).toBe(wall('2024-03-10T06:59:59.999') + 999);
    for (const skipped of ['2024-03-10T02:00:00', '2024-03-10T02:59:59.999'])
      expect(newYork(wall(skipped))).toBe('skipped_time');
    expect(iso(newYork(wall('2024-03-10T03:00:00')))).toBe('2024-03-10T07:00:00.000Z');
  });

  test('whole days can be skipped, and an offset need not be whole hours', () => {
    expect(wallClockOf('Pacific/Apia')(wall('2011-12-30T12:00:00'))).toBe('skipped_time');
    expect(iso(wallClockOf('Asia/Kolkata')(wall('2024-01-02T09:15:00')))).toBe('2024-01-02T03:45:00.000Z');
    expect(iso(wallClockOf('Australia/Lord_Howe')(wall('2024-04-07T01:45:00')))).toBe('2024-04-06T14:45:00.000Z');
  });

  test('agree with the platform for any instant of many zones', () => {
    const zones = [
      'America/New_York',
      'Europe/London',
      'Africa/Casablanca',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Asia/Tehran',
      'Asia/Gaza',
      'EST',
    ];
    const clocks = zones.map((zone) => ({
      first: wallClockOf(zone),
      second: wallClockOf(zone, 'second'),
      format: new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }),
    }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_780_000_000 }), (seconds) => {
        for (const { first, second, format } of clocks) {
          const shown = wall(format.format(seconds * 1000).replace(' ', 'T'));
          expect([first(shown), second(shown)]).toContain(seconds * 1e6);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('only the names of zones are accepted', () => {
    expect(['UTC', 'EST', 'Europe/Berlin', 'america/new_york'].map(isTimeZone)).toEqual([true, true, true, true]);
    expect(['', '+01:00', 'Mars/Base', '5', 'EST; drop'].map(isTimeZone)).toEqual([false, false, false, false, false]);
  });
});
