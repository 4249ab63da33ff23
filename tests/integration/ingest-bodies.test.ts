import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../functions/contract/problem.ts';
import { type BodyFormat, bodyOf, expectProblem, MEDIA_TYPES, send } from '../support/bodies.ts';
import { rowCounts, storedRows } from '../support/receipts.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const FORMATS = Object.keys(MEDIA_TYPES) as BodyFormat[];
const PACKING: [string, boolean][] = [
  ['plain', false],
  ['gzip', true],
];

describe.each(FORMATS)('a body of %s', (format) => {
  test.each(PACKING)('is accepted %s, and means the same', async (_, gzip) => {
    const symbol = await newInstrument(service);
    const bar = { openPrice: 1.5, highPrice: 2.5, lowPrice: -0.5, price: 2, bidSize: 0.1, sequence: 7 };
    const reply = await send(service, bodyOf(format, [tick({ symbol, ...bar }), tick({ symbol })]), format, { gzip });
    expect([reply.status, reply.body.inserted]).toEqual([200, 2]);
    expect(
      await storedRows(service, symbol, 'id, open_price, high_price, low_price, price, bid_size, ask, sequence'),
    ).toMatchObject([
      { open_price: 1.5, high_price: 2.5, low_price: -0.5, price: 2, bid_size: 0.1, ask: null, sequence: '7' },
      { open_price: null, price: 4300.25, sequence: null },
    ]);
  });

  test.each(PACKING)('may begin with a byte order mark, %s', async (_, gzip) => {
    const reply = await send(service, `\uFEFF${bodyOf(format, [tick()])}`, format, { gzip });
    expect([reply.status, reply.body.inserted]).toEqual([200, 1]);
  });

  test('may declare its charset, and name the instrument in the query', async () => {
    const { symbol: _, ...anonymous } = tick();
    for (const charset of ['utf-8', '"UTF-8"', 'us-ascii']) {
      const headers = { 'content-type': `${MEDIA_TYPES[format].toUpperCase()} ; charset=${charset}` };
      const reply = await send(service, bodyOf(format, [anonymous]), format, { headers, query: { symbol: 'NQ' } });
      expect([charset, reply.status]).toEqual([charset, 200]);
    }
  });

  test('of 65,537 records is refused', async () => {
    const body = bodyOf(format, Array(65_537).fill({ timestamp: 0 }));
    const reply = await send(service, body, format, { gzip: true, query: { symbol: 'ES' } });
    expectProblem(reply, 413, 'too_many_records');
    expect(reply.body.detail).toContain('65536');
  });
});

test('CSV with snake_case titles or of bars, with CRLF and times without an offset, is read as UTC', async () => {
  const symbol = await newInstrument(service);
  const csv = [
    'timestamp,open,high,low,close,bid_size,ask_size',
    '2022-01-31 23:59:59.000001,1,4,0.5,2,,1',
    '',
    '"2022-01-31T23:59:59+01:00", 1 ,4,1,2,3,',
    '1643673599000,1,4,1,,,',
  ].join('\r\n');
  const reply = await send(service, csv, 'csv', { query: { symbol } });
  expect([reply.status, reply.body.received, reply.body.inserted]).toEqual([200, 3, 3]);
  const { body } = await service.get('/v1/market-data', { query: { symbol } });
  expect(body.data.map((row: { timestamp: string; price: number }) => [row.timestamp, row.price])).toEqual([
    ['2022-01-31T23:59:59.000001Z', 2],
    ['2022-01-31T23:59:59.000000Z', null],
    ['2022-01-31T22:59:59.000000Z', 2],
  ]);
});

test('an invalid CSV cell rejects only its record', async () => {
  const csv =
    'timestamp,symbol,price,volume\n2026-01-02,ES,1.5x,1\n2026-01-02,ES,NaN,1\n2026-01-02,ES,1e400,1\n2026-01-02,ES,1,1\n';
  const { status, body } = await send(service, csv, 'csv');
  expect([status, body.inserted, body.rejections.map((rejection: { code: string }) => rejection.code)]).toEqual([
    200,
    1,
    ['invalid_type', 'invalid_type', 'not_finite'],
  ]);
});

test('NDJSON may have CRLF and blank lines, and only an invalid record is rejected', async () => {
  const body = `\r\n${JSON.stringify(tick())}\r\n\n5\n${JSON.stringify(tick())}`;
  const reply = await send(service, body, 'ndjson');
  expect([reply.status, reply.body.outcomes.rejected]).toEqual([200, [[1, 1]]]);
});

describe('a body that is refused gets a problem, and writes nothing', () => {
  let before: object | undefined;
  beforeEach(async () => {
    before = await rowCounts(service);
  });
  afterEach(async () => {
    expect(await rowCounts(service)).toEqual(before);
  });

  const good = bodyOf('json', [tick()]);
  const inJson = (text: string) => `{"records":[${text}]}`;

  test.each<[string, BodyFormat, string | Uint8Array, number, ProblemCode]>([
    ['no body', 'json', '', 400, 'malformed_body'],
    ['no JSON', 'json', '{"records":[', 400, 'malformed_body'],
    ['a top-level array', 'json', JSON.stringify([tick()]), 400, 'malformed_body'],
    ['a text', 'json', '"records"', 400, 'malformed_body'],
    ['null', 'json', 'null', 400, 'malformed_body'],
    ['records that are no array', 'json', '{"records":{}}', 400, 'malformed_body'],
    ['a second member', 'json', JSON.stringify({ records: [tick()], atomic: true }), 400, 'malformed_body'],
    ['a key named twice', 'json', inJson('{"timestamp":0,"symbol":"ES","price":1,"price":2}'), 400, 'duplicate_key'],
    ['__proto__', 'json', inJson('{"timestamp":0,"symbol":"ES","__proto__":{"price":1}}'), 400, 'forbidden_key'],
    ['no records', 'json', inJson(''), 422, 'empty_batch'],
    ['an unknown field alone', 'json', inJson('{"timestamp":0,"symbol":"ES","prise":1}'), 422, 'all_rejected'],
    ['deep nesting', 'json', inJson('['.repeat(100_000) + ']'.repeat(100_000)), 422, 'all_rejected'],
    ['no lines', 'ndjson', '', 422, 'empty_batch'],
    ['blank lines', 'ndjson', ' \n\r\n\n', 422, 'empty_batch'],
    ['a line that is not JSON', 'ndjson', `${JSON.stringify(tick())}\n{`, 400, 'malformed_body'],
    ['a line with a key twice', 'ndjson', '{"timestamp":0,"timestamp":1}', 400, 'duplicate_key'],
    ['a line with __proto__', 'ndjson', '{"__proto__":1}', 400, 'forbidden_key'],
    ['no CSV', 'csv', '', 422, 'empty_batch'],
    ['a header alone', 'csv', 'timestamp,price\r\n', 422, 'empty_batch'],
    ['an unknown column', 'csv', 'timestamp,prise\n1,2', 400, 'malformed_body'],
    ['a column twice', 'csv', 'timestamp,price,close\n1,2,3', 400, 'malformed_body'],
    ['an open quote', 'csv', 'timestamp,price\n1,"2', 400, 'malformed_body'],
    ['JSON that is not UTF-8', 'json', Buffer.from(inJson('{"symbol":"\xff"}'), 'latin1'), 400, 'invalid_encoding'],
    ['CSV that is not UTF-8', 'csv', Buffer.from('symbol\n\xe4', 'latin1'), 400, 'invalid_encoding'],
    ['UTF-16 without a mark', 'ndjson', Buffer.from('{}', 'utf16le'), 400, 'invalid_encoding'],
  ])('%s', async (_, format, body, status, code) => {
    for (const gzip of [false, true]) expectProblem(await send(service, body, format, { gzip }), status, code);
  });

  test.each<[string, Record<string, string>, string | Uint8Array, number, ProblemCode]>([
    ['another media type', { 'content-type': 'text/plain' }, good, 415, 'unsupported_media_type'],
    ['two media types', { 'content-type': 'application/json, text/csv' }, good, 415, 'unsupported_media_type'],
    ['no media type', { 'content-type': '' }, good, 415, 'unsupported_media_type'],
    ['another charset', { 'content-type': 'application/json; charset=iso-8859-1' }, good, 415, 'unsupported_charset'],
    [
      'UTF-16 as charset, without a mark',
      { 'content-type': 'text/csv; header=present; charset="utf-16"' },
      good,
      415,
      'unsupported_charset',
    ],
    ['another encoding', { 'content-encoding': 'br' }, good, 415, 'unsupported_encoding'],
    ['two encodings', { 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync(good)), 415, 'unsupported_encoding'],
    ['no gzip', { 'content-encoding': 'gzip' }, good, 400, 'invalid_encoding'],
    ['nothing as gzip', { 'content-encoding': 'gzip' }, '', 400, 'invalid_encoding'],
    ['gzip cut short', { 'content-encoding': 'gzip' }, gzipSync(good).subarray(0, -9), 400, 'invalid_encoding'],
    [
      'gzip with a wrong sum',
      { 'content-encoding': 'gzip' },
      Buffer.from(gzipSync(good).toReversed().fill(1, 4, 8).reverse()),
      400,
      'invalid_encoding',
    ],
    ['gzip not said to be', {}, gzipSync(good), 400, 'invalid_encoding'],
  ])('%s', async (_, headers, body, status, code) => {
    expectProblem(await send(service, body, 'json', { headers }), status, code);
  });

  test.each<[string, Record<string, string>]>([
    ['an unknown parameter', { atomc: 'true' }],
    ['an unknown __proto__', JSON.parse('{"__proto__":"1"}')],
    ['atomic that is neither', { atomic: 'yes' }],
    ['batchSize 0', { batchSize: '0' }],
    ['batchSize beyond a batch', { batchSize: '65537' }],
    ['batchSize with decimals', { batchSize: '1.5' }],
    ['an empty batchSize', { batchSize: '' }],
    ['an instrument in both ways', { symbol: 'ES', instrumentId: '1' }],
    ['instrumentId that is none', { instrumentId: 'ES' }],
    ['a symbol with a blank', { symbol: 'E S' }],
  ])('%s', async (_, query) => {
    expectProblem(await send(service, good, 'json', { query }), 422, 'invalid_request');
  });

  const MB = 1024 * 1024;
  /** Every 413 states the size found and the limit. */
  const FOUND_AND_LIMIT = /\d{5,}.* and (at most|a line may have) \d{5,}/;
  const line = JSON.stringify(tick({ symbol: 'x'.repeat(7 * MB) }));
  test.each<[string, BodyFormat, () => string, number, ProblemCode]>([
    ['7 MB in one record of JSON', 'json', () => inJson(line), 422, 'all_rejected'],
    ['a line of 7 MB of NDJSON', 'ndjson', () => line, 413, 'record_too_large'],
    ['a line of 7 MB of CSV', 'csv', () => `timestamp,symbol\n0,${'x'.repeat(7 * MB)}`, 413, 'record_too_large'],
    ['64 MiB and a byte', 'csv', () => ' '.repeat(64 * MB + 1), 413, 'body_too_large'],
    ['22 million objects', 'json', () => inJson(`${'{},'.repeat(21 * MB)}{}`), 413, 'body_too_large'],
    ['60 million brackets', 'json', () => `{"records":${'['.repeat(60 * MB)}`, 413, 'body_too_large'],
    [
      '22 million objects in lines',
      'ndjson',
      () => `[${'{},'.repeat(21_000)}{}]\n`.repeat(1000),
      413,
      'body_too_large',
    ],
    ['65 million cells', 'csv', () => `${','.repeat(65_000)}\n`.repeat(1000), 400, 'malformed_body'],
    ['65 million cells in one line', 'csv', () => ','.repeat(64 * MB), 413, 'record_too_large'],
    ['16 million blank lines', 'ndjson', () => '\n'.repeat(16 * MB), 422, 'empty_batch'],
  ])('%s, compressed', async (_, format, body, status, code) => {
    const reply = await send(service, body(), format, { gzip: true });
    expectProblem(reply, status, code);
    if (status === 413) expect(reply.body.detail).toMatch(FOUND_AND_LIMIT);
  });

  test.each(FORMATS)('7 MB of %s, not compressed', async (format) => {
    const reply = await send(service, format === 'csv' ? `timestamp,symbol\n0,${line}` : line, format);
    expectProblem(reply, 413, 'body_too_large');
    expect(reply.body.detail).toMatch(FOUND_AND_LIMIT);
    expect(reply.body.detail).toContain('gzip is accepted');
  });
});

test('after all these bodies the service accepts a batch as before', async () => {
  expect((await service.post('/v1/market-data', { records: ticks(10) })).body.inserted).toBe(10);
  expect(service.logs.filter((line) => line.includes('"ERROR"') || line.includes('FATAL'))).toEqual([]);
});
