import fc from 'fast-check';
import { expect, test } from 'vitest';
import { receipt } from '../../functions/contract/batches.ts';
import { buildReceipt } from '../../functions/ingest/build-receipt.ts';
import { toMultirange, toRanges } from '../../functions/ledger/id-ranges.ts';
import { bodyText, receiptText } from '../../functions/ledger/sql/receipt-text.ts';
import { expand } from '../support/records.ts';
import { tick } from '../support/ticks.ts';
import { validateTicks } from '../support/validation.ts';

test('ranges hold the same integers, and no two of them touch', () => {
  const ascending = fc.uniqueArray(fc.nat({ max: 60 })).map((values) => values.sort((a, b) => a - b));
  fc.assert(
    fc.property(ascending, (values) => {
      const ranges = toRanges(values);
      expect(expand(ranges)).toEqual(values);
      ranges.slice(1).forEach(([from], index) => {
        expect(from).toBeGreaterThan((ranges[index]?.[1] ?? 0) + 1);
      });
    }),
  );
});

test('a multirange literal includes both ends', () => {
  expect(toMultirange([])).toBe('{}');
  expect(
    toMultirange([
      [1, 3],
      [7, 7],
    ]),
  ).toBe('{[1,3],[7,7]}');
});

test('a receipt of valid and invalid records is complete, in the order of the contract', () => {
  const planned = buildReceipt(validateTicks([tick(), tick({ price: 'x' }), tick(), tick(), {}]), false);
  const body = JSON.parse(receiptText(42, bodyText(planned.body)));
  expect(receipt.parse(body)).toEqual(body);
  expect(body).toMatchObject({
    received: 5,
    inserted: 3,
    rejected: 2,
    outcomes: {
      inserted: [
        [0, 0],
        [2, 3],
      ],
      duplicates: [],
      conflicts: [],
      tombstoned: [],
      rejected: [
        [1, 1],
        [4, 4],
      ],
    },
    rejections: [
      { index: 1, path: 'price', code: 'invalid_type', message: 'price must be a number' },
      { index: 4, path: 'timestamp', code: 'required', message: 'timestamp is required' },
    ],
  });
  expect(Object.keys(body)).toEqual([
    'batchId',
    'firstId',
    'received',
    'inserted',
    'duplicates',
    'conflicts',
    'tombstoned',
    'rejected',
    'outcomes',
    'rejections',
  ]);
});
