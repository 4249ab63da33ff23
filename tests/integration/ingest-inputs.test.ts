import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, cell, type Sent, sendInput, utf16 } from '../support/send-input.ts';
import { startService, type TestService } from '../support/service.ts';

/** Inputs that were once stored incorrectly or refused with an unhelpful message, each with what is now stored or reported. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('accepted unchanged', () => {
  const morning = '2024-01-02T09:30:00.000000Z';
  test.each<[string, string | Uint8Array, [string, number | null][], Sent?]>([
    ['epoch milliseconds', at('1704187800000'), [[morning, 101.5]]],
    ['epoch milliseconds with an exponent', at('1.7041878e12'), [[morning, 101.5]]],
    ['an offset without minutes', at('2024-01-02 10:30:00+01'), [[morning, 101.5]]],
    ['a day', at('2024-01-02'), [['2024-01-02T00:00:00.000000Z', 101.5]]],
    ['no seconds', at('2024-01-02T09:30'), [[morning, 101.5]]],
    ['nanoseconds that are zero', at('2024-01-02T09:30:00.123456000Z'), [['2024-01-02T09:30:00.123456Z', 101.5]]],
    [
      'a byte order mark before quotes',
      `\uFEFF"timestamp","price"\n"2024-01-02 09:30:00","101.5"\n`,
      [[morning, 101.5]],
    ],
    ['UTF-16', utf16(at(morning)), [[morning, 101.5]]],
    ['UTF-16, big end first', utf16(at(morning)).swap16(), [[morning, 101.5]], { type: 'text/csv; charset=utf-16' }],
    ['titles in capitals', 'TIMESTAMP,CLOSE\n2024-01-02 09:30:00,101.5\n', [[morning, 101.5]]],
    ['a comma at the end of each line', 'timestamp,price,\n2024-01-02 09:30:00,101.5,\n', [[morning, 101.5]]],
    ['a plus sign', cell('+101.5'), [[morning, 101.5]]],
    ['a tiny price', cell('0.00000852'), [[morning, 0.00000852]]],
    ['below the last decimal', cell('0.000000000001234567'), [[morning, 0.00000000000123457]]],
    ['a negative price', cell('-37.63'), [[morning, -37.63]]],
    ['x-gzip', gzipSync(at(morning)), [[morning, 101.5]], { encoding: 'x-gzip' }],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(at(morning)), gzipSync(`${morning},7\n`)]),
      [
        [morning, 101.5],
        [morning, 7],
      ],
      { encoding: 'gzip' },
    ],
    ['application/csv', at(morning), [[morning, 101.5]], { type: 'application/csv' }],
    ['tabs', at(morning).replaceAll(',', '\t'), [[morning, 101.5]], { type: 'text/tab-separated-values' }],
    ['JSON lines', `{"timestamp":"${morning}","price":101.5}\n`, [[morning, 101.5]], { type: 'application/jsonl' }],
    [
      'JSON lines by another name',
      `{"timestamp":"${morning}","price":101.5}\n`,
      [[morning, 101.5]],
      { type: 'application/x-jsonlines' },
    ],
    [
      'a declared zone, in JSON',
      '{"records":[{"timestamp":"2024-01-02 09:30:00","price":1}]}',
      [['2024-01-02T14:30:00.000000Z', 1]],
      { type: 'application/json', query: { timeZone: 'America/New_York' } },
    ],
    [
      'a declared form, in JSON',
      '{"records":[{"timestamp":20240102,"price":1}]}',
      [['2024-01-02T00:00:00.000000Z', 1]],
      { type: 'application/json', query: { timeFormat: 'yyyyMMdd', timeZone: 'UTC' } },
    ],
    [
      'the second of an hour that comes twice',
      at('2024-11-03 01:30:00'),
      [['2024-11-03T06:30:00.000000Z', 101.5]],
      { query: { timeZone: 'America/New_York', repeatedHour: 'second' } },
    ],
    [
      'two rows alike',
      `${at(morning)}${morning},101.5\n`,
      [
        [morning, 101.5],
        [morning, 101.5],
      ],
    ],
  ])('%s', async (_, body, rows, sent = {}) => {
    const { reply, stored } = await sendInput(service, body, sent);
    expect([reply.status, reply.body.rejections]).toEqual([200, []]);
    expect(stored).toEqual(rows);
  });
});

describe('only the bad line is rejected', () => {
  test.each([
    ['a short line', 'timestamp,price,volume\n2024-01-02,1,2\n2024-01-03,3\n2024-01-04,5,6\n', 3],
    ['the last line, cut off', 'timestamp,price,volume\n2024-01-02,1,2\n2024-01-04,5,6\n2024-0', 4],
    ['the header line again', 'timestamp,price\n2024-01-02,1\ntimestamp,price\n2024-01-04,5\n', 3],
  ])('%s', async (_, body, line) => {
    const { reply, stored } = await sendInput(service, body, {});
    expect([reply.status, reply.body.inserted, reply.body.rejections.map((one: { line: number }) => one.line)]).toEqual(
      [200, 2, [line]],
    );
    expect(stored).toEqual([
      ['2024-01-02T00:00:00.000000Z', 1],
      ['2024-01-04T00:00:00.000000Z', 5],
    ]);
  });
});

test('a batch with too many records gets their number', async () => {
  const { reply } = await sendInput(service, `timestamp,price\n${'2024-01-02,1\n'.repeat(65_540)}`, {});
  expect([reply.status, reply.body.code, reply.body.count]).toEqual([413, 'too_many_records', 65_540]);
  expect(reply.body.detail).toContain('65540');
});

describe('a parameter that cannot be used is refused with the reason', () => {
  test.each<[Record<string, string>, string]>([
    [{ timeFormat: 'YYYY-MM-DD' }, 'timeFormat'],
    [{ timeZone: 'Mars/Base' }, 'timeZone'],
    [{ timeUnit: 'ms', timeFormat: 'yyyyMMdd' }, 'timeUnit'],
    [{ timeUnit: 'minutes' }, 'timeUnit'],
    [{ delimiter: ';;' }, 'delimiter'],
    [{ header: 'false' }, 'columns'],
    [{ columns: 'price=Nope' }, 'columns'],
    [{ columns: 'prise=price' }, 'columns'],
    [{ columns: 'price' }, 'columns'],
    [{ header: 'false', columns: 'timestamp,prise' }, 'columns'],
    [{ decimalSeparator: ',', thousandsSeparator: ',' }, 'thousandsSeparator'],
    [{ skipLines: '-1' }, 'skipLines'],
    [{ timezone: 'UTC' }, 'timezone'],
  ])('%o', async (query, path) => {
    const { reply } = await sendInput(service, at('2024-01-02'), { query });
    expect([reply.status, reply.body.code, reply.body.errors[0].path]).toEqual([422, 'invalid_request', path]);
  });
});
