import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newInstrument, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** Pages as CSV, and responses compressed when the client accepts gzip. */

let service: TestService;
let symbol: string;
beforeAll(async () => {
  service = await startService();
  symbol = await newInstrument(service);
  await store(service, ticks(40, { symbol, volume: null }));
});
afterAll(() => service.stop());

/** The bytes as received: fetch would decompress them. */
async function raw(path: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    headers: NodeJS.Dict<string | string[]>;
    body: Buffer;
  }>();
  request(new URL(path, service.url), { method, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('Accept: text/csv', () => {
  const csv = async (path: string, query: Record<string, string | number>) => {
    const { status, headers, text } = await service.get(path, { query, headers: { accept: 'text/csv' } });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const [title = '', ...lines] = text.split('\n');
    expect(lines.pop()).toBe('');
    const fields = title.split(',');
    const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, nth) => [fields[nth], cell])));
    return { rows, cursor: headers.get('x-next-cursor') };
  };
  const cells = (row: object) =>
    Object.fromEntries(Object.entries(row).map(([field, value]) => [field, value === null ? '' : String(value)]));

  test.each([
    ['/v1/market-data', { limit: 15, order: 'asc' }],
    ['/v1/market-data/bars', { limit: 15, interval: '1s' }],
    ['/v1/market-data/coverage', { by: 'month' }],
  ])('%s has the same rows, in pages with the same cursors', async (path, query) => {
    let cursor: string | null = null;
    do {
      const page: Record<string, string | number> = { symbol, ...query, ...(cursor === null ? {} : { cursor }) };
      const { body } = await service.get(path, { query: page });
      const found = await csv(path, page);
      expect(found).toEqual({ rows: body.data.map(cells), cursor: body.nextCursor });
      cursor = body.nextCursor;
    } while (cursor !== null);
  });

  test('a page without rows is its header line', async () => {
    const { text } = await service.get('/v1/market-data', {
      query: { symbol, start: '2030-01-01' },
      headers: { accept: 'text/csv' },
    });
    expect(text).toMatch(/^id,timestamp,instrumentId,symbol,price,[A-Za-z,]+\n$/);
  });

  test('its output is valid input for ingest', async () => {
    const headers = { accept: 'text/csv' };
    const { text } = await service.get('/v1/market-data', {
      query: { symbol, limit: 5, precision: 'stored' },
      headers,
    });
    const other = await newInstrument(service);
    const query = { symbol: other, ignoreUnknown: true, columns: 'timestamp=timestamp,price=price,sequence=sequence' };
    const { body } = await service.post('/v1/market-data', text, { query, headers: { 'content-type': 'text/csv' } });
    expect(body).toMatchObject({ received: 5, inserted: 5 });
  });

  test.each([
    ['text/html, application/json;q=0.9, */*;q=0.5', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv;q=0.5, application/json;q=0.4', 'text/csv; charset=utf-8; header=present'],
    ['text/*', 'text/csv; charset=utf-8; header=present'],
    ['text/csv, application/json', 'application/json'],
  ])('%s gets %s', async (accept, type) => {
    const { headers } = await service.get('/v1/market-data', { query: { symbol }, headers: { accept } });
    expect(headers.get('content-type')).toBe(type);
  });

  test('a problem, and a response without rows, stay JSON', async () => {
    const headers = { accept: 'text/csv' };
    const refused = await service.get('/v1/market-data', { query: { limit: 0 }, headers });
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid_request']);
    expect((await service.get('/v1/instruments', { headers })).body.data).toBeInstanceOf(Array);
  });
});

describe('compression', () => {
  const path = () => `/v1/market-data?symbol=${symbol}`;

  test.each([['gzip'], ['deflate, gzip;q=0.8'], ['*'], ['x-gzip']])('for Accept-Encoding: %s', async (accepted) => {
    const plain = await raw(path(), {});
    const packed = await raw(path(), { 'accept-encoding': accepted });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(packed.headers['content-length']).toBe(String(packed.body.length));
    expect(packed.body.length).toBeLessThan(plain.body.length / 4);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });

  test.each([['identity'], ['gzip;q=0'], ['br'], ['']])('not for Accept-Encoding: %j', async (accepted) => {
    const { headers, body } = await raw(path(), { 'accept-encoding': accepted });
    expect([headers['content-encoding'], JSON.parse(body.toString()).data.length]).toEqual([undefined, 40]);
  });

  test('for CSV, and for HEAD as for GET, but not for a short response', async () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const csv = await raw(path(), { ...gzip, accept: 'text/csv' });
    expect(gunzipSync(csv.body).toString().split('\n')).toHaveLength(42);
    expect(csv.headers['vary']).toBe('Accept, Accept-Encoding');
    const head = await raw(path(), gzip, 'HEAD');
    expect([head.headers['content-encoding'], head.body.length]).toEqual(['gzip', 0]);
    const short = await raw(`${path()}&limit=1`, gzip);
    expect([short.headers['content-encoding'], short.headers['vary']]).toEqual([undefined, undefined]);
  });

  test('a decompressed replay is the same byte for byte, and is still marked as a replay', async () => {
    const own = await newInstrument(service);
    const records = Array.from({ length: 60 }, (_, nth) => ({
      symbol: own,
      timestamp: `2026-11-03T00:00:${nth % 60}Z`,
      price: nth % 2 ? 'x' : 1,
    }));
    const send = () => service.post('/v1/market-data', { records }, { headers: { 'idempotency-key': 'packed' } });
    const [first, second] = [await send(), await send()];
    expect([first.text.length > 1024, second.text === first.text]).toEqual([true, true]);
    expect(second.headers.get('content-encoding')).toBe('gzip');
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });
});
