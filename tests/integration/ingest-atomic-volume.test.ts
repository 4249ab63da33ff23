import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProblem } from '../support/bodies.ts';
import { outcomesIn, outcomesOf } from '../support/receipts.ts';
import { newInstrument } from '../support/records.ts';
import { type RequestOptions, startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a refusal and a receipt have an outcome for each of 20,000 records', async () => {
  const symbol = await newInstrument(service);
  const numbered = (sequence: number, fields = {}) => tick({ symbol, sequence, ...fields });
  const post = (records: readonly object[], options?: RequestOptions) =>
    service.post('/v1/market-data', { records }, options);
  const sequences = Array.from({ length: 20_000 }, (_, sequence) => sequence);
  expect((await post(sequences.map((sequence) => numbered(sequence)))).body.inserted).toBe(20_000);
  const everyOther = sequences.map((sequence) => numbered(sequence, sequence % 2 === 0 ? {} : { bid: 9 }));
  const expected = sequences.map((sequence) => (sequence % 2 === 0 ? 'duplicates' : 'conflicts'));
  const refused = await post(everyOther, { query: { atomic: true } });
  expectProblem(refused, 422, 'atomic_rejected');
  expect(outcomesIn(refused.body)).toEqual(expected);
  const key = { headers: { 'idempotency-key': 'every-other' } };
  const stored = await post(everyOther, key);
  expect(outcomesOf(stored.body)).toEqual(expected);
  expect((await post(everyOther, key)).text).toBe(stored.text);
  expect((await service.get(`/v1/market-data/batches/${stored.body.batchId}`)).text).toBe(stored.text);
});
