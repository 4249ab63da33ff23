import { expect, test } from 'vitest';
import { dialectOfRecords, sniffNdjson } from '../../lib/cli/import/ndjson-dialect.ts';

const bars = (...times: (string | number)[]) =>
  times.map((timestamp) => ({ timestamp, symbol: 'ES', openPrice: 1, highPrice: 2, lowPrice: 1, price: 2 }));
const minutes = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z'];

test.each<[string, object[], object]>([
  ['milliseconds', [{ timestamp: 1_700_000_000_000, price: 1 }], {}],
  ['seconds', [{ timestamp: 1_700_000_000, price: 1 }], { timeUnit: 's' }],
  ['microseconds', [{ timestamp: 1_700_000_000_000_000, price: 1 }], { timeUnit: 'us' }],
  ['nanoseconds', [{ timestamp: 1.7e18, price: 1 }], { timeUnit: 'ns', subMicrosecond: 'truncate' }],
  ['times without an offset', [{ timestamp: '2026-01-01 00:00:00', price: 1 }], { timeZone: 'UTC' }],
  ['bars', bars(...minutes), { bars: '1m' }],
  ['bars of epoch seconds', bars(1_700_000_000, 1_700_003_600, 1_700_007_200), { timeUnit: 's', bars: '1h' }],
])('records of %s', (_what, records, parameters) => {
  expect(dialectOfRecords(records as Record<string, unknown>[], {}).parameters).toEqual(parameters);
});

test('given parameters stay', () => {
  const { parameters, notes } = dialectOfRecords([{ timestamp: '2026-01-01 00:00:00' }], { timeZone: 'Europe/London' });
  expect([parameters, notes]).toEqual([{ timeZone: 'Europe/London' }, []]);
});

test('a line that is not JSON is named', () => {
  expect(() => sniffNdjson('{"timestamp": 1}\n{"price": }\n{"cut', {})).toThrow('line 2 is not JSON');
  expect(() => sniffNdjson('[1]\n', {})).toThrow('line 1 is not a JSON object');
});
