import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { VENDOR_LAYOUTS, type VendorLayout } from '../support/vendor-layouts.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const queryOf = ({ parameters }: VendorLayout): Record<string, string> =>
  Object.fromEntries(
    parameters
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

const bodyOf = ({ lines, encoding }: VendorLayout) => Buffer.from(`${lines.join('\n')}\n`, encoding ?? 'utf8');

test.each(VENDOR_LAYOUTS.map((layout) => [layout.name, layout] as const))(
  '%s is stored with parameters alone',
  async (_, layout) => {
    const named = layout.rows.some(({ symbol }) => symbol !== undefined);
    const symbol = named ? undefined : await newInstrument(service, { priceDecimals: 12 });
    const query = { createInstruments: true, ...queryOf(layout), ...(symbol === undefined ? {} : { symbol }) };
    const headers = { 'content-type': layout.mediaType ?? 'text/csv' };
    const reply = await service.post('/v1/market-data', bodyOf(layout), { query, headers });
    expect([reply.status, reply.body.rejections, reply.body.inserted]).toEqual([200, [], layout.rows.length]);

    const ids = layout.rows.map((_row, index) => reply.body.firstId + index);
    const stored = await Promise.all(
      ids.map((id) => service.get(`/v1/market-data/${id}`, { query: { precision: 'stored' } })),
    );
    for (const [index, { at, symbol: of = symbol, ...values }] of layout.rows.entries()) {
      const all = {
        price: null,
        openPrice: null,
        highPrice: null,
        lowPrice: null,
        volume: null,
        bid: null,
        ask: null,
        bidSize: null,
        askSize: null,
        sequence: null,
      };
      const timestamp = at.replace(/(?:\.(\d+))?Z$/, (_match, decimals = '') => `.${decimals.padEnd(6, '0')}Z`);
      expect(stored[index]?.body).toMatchObject({ ...all, ...values, timestamp, symbol: of });
    }
  },
);

test('the guide declares each layout as the test does', () => {
  const guide = readFileSync(new URL('../../docs/guides/load-vendor-files.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| ([^|`]+) \| (?:`([^`]*)`|none) \|$/gm)].map(([, name = '', parameters = '']) => [
    name.trim(),
    parameters.replaceAll('\\|', '|'),
  ]);
  expect(rows).toEqual(VENDOR_LAYOUTS.map(({ name, parameters }) => [name, parameters]));
});
