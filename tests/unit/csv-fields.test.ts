import { expect, test } from 'vitest';
import { BAR_FIELDS, bar } from '../../functions/contract/bars.ts';
import { COVERAGE_FIELDS, coverage } from '../../functions/contract/coverage.ts';
import { TICK_FIELDS, tick } from '../../functions/contract/market-data.ts';

test.each([
  ['a tick', TICK_FIELDS, tick],
  ['a bar', BAR_FIELDS, bar],
  ['coverage', COVERAGE_FIELDS, coverage],
])('the CSV columns of %s are the fields of its schema, in order', (_, fields, schema) => {
  expect(fields).toEqual(Object.keys(schema.shape));
});
