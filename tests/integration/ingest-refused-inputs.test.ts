import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, cell, record, type Sent, sendInput } from '../support/send-input.ts';
import { startService, type TestService } from '../support/service.ts';

/** Inputs that were once refused with an unhelpful message, each with the message it gets now. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('refused as a whole, and nothing is stored', () => {
  test.each<[string, string | Uint8Array, number, string, string, Sent?]>([
    ['seconds', at('1704067200'), 422, 'all_rejected', 'looks like seconds: send timeUnit=s'],
    [
      'seconds in JSON',
      '{"records":[{"timestamp":1704067200.5,"price":1}]}',
      422,
      'all_rejected',
      'looks like seconds',
      { type: 'application/json' },
    ],
    ['a compact day', at('20240102'), 422, 'all_rejected', 'timeFormat=yyyyMMdd'],
    ['a compact minute', at('202401020931'), 422, 'all_rejected', 'timeFormat=yyyyMMddHHmm'],
    ["a spreadsheet's day", at('45293.3958333333'), 422, 'all_rejected', "a spreadsheet's day number"],
    ['microseconds', at('1735689600000000'), 422, 'all_rejected', 'looks like microseconds: send timeUnit=us'],
    ['nanoseconds', at('1735689600000000000'), 422, 'all_rejected', 'looks like nanoseconds: send timeUnit=ns'],
    ['digits below a microsecond', at('1735689600000.0004'), 422, 'all_rejected', 'subMicrosecond=truncate'],
    [
      'a zone by name',
      at('2024-01-02 09:30:00 America/New_York'),
      422,
      'all_rejected',
      'timeFormat=yyyy-MM-dd HH:mm:ss VV',
    ],
    ['a leap second', at('2016-12-31T23:59:60Z'), 422, 'all_rejected', 'leap second'],
    ['day or month first', at('02/01/2024 09:30'), 422, 'all_rejected', 'day or its month first'],
    [
      'a time that was skipped',
      at('2024-03-10 02:30:00'),
      422,
      'all_rejected',
      'clocks were set forward',
      { query: { timeZone: 'America/New_York' } },
    ],
    [
      'a time without an offset in JSON',
      '{"records":[{"timestamp":"2024-01-02T09:30:00","price":1}]}',
      422,
      'all_rejected',
      'needs an offset',
      { type: 'application/json' },
    ],
    ['no value', 'timestamp,price,volume\n2024-01-02,,\n', 422, 'all_rejected', 'has no value'],
    ['thousands', cell('1,234.5'), 422, 'all_rejected', 'thousandsSeparator=,'],
    ['a decimal comma', cell('1,5'), 422, 'all_rejected', 'decimalSeparator=,'],
    ['NaN', cell('NaN'), 422, 'all_rejected', 'nullValues=NaN'],
    ['a suffix', cell('1.5K'), 422, 'all_rejected', 'suffixes=true'],
    ['a currency', cell('$1.5'), 422, 'all_rejected', 'currency'],
    ['digits of another script', cell('१'), 422, 'all_rejected', 'digits 0 to 9'],
    [
      'an unknown field',
      '{"records":[{"timestamp":"2024-01-02T09:30:00Z","exchange":1}]}',
      422,
      'all_rejected',
      'no field named exchange',
      { type: 'application/json' },
    ],
    [
      'all unknown titles',
      'Date,Open,Adj Close,Foo,Volume\n2024-01-02,1,2,3,4\n',
      400,
      'malformed_body',
      'unknown fields: Adj Close, Foo; send ignoreUnknown=true',
    ],
    ['semicolons', at('2024-01-02').replaceAll(',', ';'), 400, 'malformed_body', 'delimiter=%3B'],
    ['tabs as commas', at('2024-01-02').replaceAll(',', '\t'), 400, 'malformed_body', 'delimiter=tab'],
    ['pipes', at('2024-01-02').replaceAll(',', '|'), 400, 'malformed_body', 'delimiter=|'],
    ['a separator line', `sep=,\n${at('2024-01-02')}`, 400, 'malformed_body', 'skipLines=1'],
    ['a comment', `# made by a tool\n${at('2024-01-02')}`, 400, 'malformed_body', 'comment=%23'],
    ['no header line', '2024-01-02T09:30:00Z,101.5\n', 400, 'malformed_body', 'send header=false'],
    [
      'header=absent',
      '2024-01-02T09:30:00Z,101.5\n',
      422,
      'invalid_request',
      'header=false',
      { type: 'text/csv; header=absent' },
    ],
    [
      'curl -d, which removes line ends',
      'timestamp,price,volume2024-01-02,1,2',
      400,
      'malformed_body',
      '--data-binary',
    ],
    ['a quotation mark inside', 'timestamp,price\n2024-01-02,1"5\n', 400, 'malformed_body', 'line 2'],
    [
      'a quotation mark never closed',
      'timestamp,price\n2024-01-02,1\n2024-01-03,"2\n2024-01-04,3\n',
      400,
      'malformed_body',
      'opens in line 3 is never closed',
    ],
    [
      'Latin-1',
      Buffer.from('timestamp,price\n2024-01-02,1\u00A0000\n', 'latin1'),
      400,
      'invalid_encoding',
      'not valid UTF-8',
    ],
    [
      'another charset',
      at('2024-01-02'),
      415,
      'unsupported_charset',
      'iconv -f windows-1252',
      { type: 'text/csv; charset=windows-1252' },
    ],
    [
      'UTF-16 without a mark',
      Buffer.from(at('2024-01-02'), 'utf16le'),
      400,
      'invalid_encoding',
      'UTF-16 without a byte order mark',
      { encoding: 'identity' },
    ],
    ['gzip that is not said', gzipSync(at('2024-01-02')), 400, 'invalid_encoding', 'send Content-Encoding: gzip'],
    [
      'gzip in gzip',
      gzipSync(gzipSync(at('2024-01-02'))),
      400,
      'invalid_encoding',
      'gzip in gzip',
      { encoding: 'gzip' },
    ],
    ['gzip that is none', at('2024-01-02'), 400, 'invalid_encoding', 'is not gzip', { encoding: 'gzip' }],
    [
      'gzip cut short',
      gzipSync(at('2024-01-02')).subarray(0, -9),
      400,
      'invalid_encoding',
      'cut short',
      { encoding: 'gzip' },
    ],
    [
      'gzip and garbage',
      Buffer.concat([gzipSync(at('2024-01-02')), Buffer.from('garbage')]),
      400,
      'invalid_encoding',
      'not gzip',
      { encoding: 'gzip' },
    ],
    ['a .zip', Buffer.from('PK\x03\x04\x14\x00\xff\xff', 'latin1'), 400, 'invalid_encoding', '.zip'],
    [
      'a form',
      at('2024-01-02'),
      415,
      'unsupported_media_type',
      '--data-binary',
      { type: 'multipart/form-data; boundary=x' },
    ],
    [
      'a type of the packing',
      gzipSync(at('2024-01-02')),
      415,
      'unsupported_media_type',
      'Content-Encoding: gzip',
      { type: 'application/gzip' },
    ],
    [
      'NaN in JSON',
      record('{"timestamp":"2024-01-02T09:30:00Z","bid":NaN}'),
      400,
      'malformed_body',
      'NaN at line 1, column 102, records[1], bid',
      { type: 'application/json' },
    ],
    [
      'JSON cut short',
      record('{"timestamp":').slice(0, -2),
      400,
      'malformed_body',
      'cut short',
      { type: 'application/json' },
    ],
    [
      'a parameter of CSV for JSON',
      record('{}'),
      422,
      'invalid_request',
      'delimiter is for CSV',
      { type: 'application/json', query: { delimiter: ';' } },
    ],
    [
      'an integer that is none by its text',
      '{"records":[{"timestamp":"2024-01-02T09:30:00Z","price":1,"sequence":4503599627370497.5}]}',
      422,
      'all_rejected',
      'sequence must be an integer',
      { type: 'application/json' },
    ],
    [
      'an integer that is none in CSV',
      'timestamp,price,sequence\n2024-01-02,1,4503599627370497.5\n',
      422,
      'all_rejected',
      'sequence must be an integer',
    ],
  ])('%s', async (_, body, status, code, detail, sent = {}) => {
    const { reply, stored } = await sendInput(service, body, sent);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.body.detail).toContain(detail);
    expect(reply.body.detail).not.toContain('URL');
    expect(stored).toEqual([]);
  });
});
