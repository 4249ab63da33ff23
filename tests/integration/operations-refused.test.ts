import { afterAll, beforeAll, expect, test } from 'vitest';
import { remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test.each([
  ['no reason', { ids: [1], reason: undefined }, 'reason'],
  ['an empty reason', { ids: [1], reason: '' }, 'reason'],
  ['a blank reason', { ids: [1], reason: ' \n' }, 'reason'],
  ['a reason of 501 characters', { ids: [1], reason: 'x'.repeat(501) }, 'reason'],
  ['a reason with a NUL', { ids: [1], reason: 'a\0b' }, 'reason'],
  ['a reason with half a surrogate pair', { ids: [1], reason: 'a\ud800b' }, 'reason'],
  ['no selector', {}, ''],
  ['two selectors', { ids: [1], batchId: 1 }, ''],
  ['an operationId of 0', { operationId: 0 }, 'operationId'],
  ['an id of 0', { ids: [0] }, 'ids.0'],
  ['an id that is a text', { ids: ['1'] }, 'ids.0'],
  ['an id beyond 2^53', { ids: [2 ** 53] }, 'ids.0'],
  ['ids null', { ids: null }, 'ids'],
  ['a filter without an end', { filter: { symbol: 'ES', start: '2026-01-01' } }, 'filter.end'],
  ['a filter without an instrument', { filter: { start: '2026-01-01', end: '2026-01-02' } }, 'filter'],
  ['a filter from late to early', { filter: { symbol: 'ES', start: '2026-01-02', end: '2026-01-01' } }, 'filter.end'],
  [
    'a filter with two instruments',
    { filter: { symbol: 'ES', instrumentId: 1, start: '2026-01-01', end: '2026-01-01' } },
    'filter',
  ],
  ['a negative expectedCount', { ids: [1], expectedCount: -1 }, 'expectedCount'],
  ['a batchSize of 0', { ids: [1], batchSize: 0 }, 'batchSize'],
  ['a dryRun that is a text', { ids: [1], dryRun: 'true' }, 'dryRun'],
  ['an unknown field', { ids: [1], force: true }, 'force'],
])('refused as invalid: %s', async (_, body, path) => {
  const reply = await remove(service, body);
  expect([reply.status, reply.body.code, reply.body.errors[0].path]).toEqual([422, 'invalid_request', path]);
});

test('a reason of 500 characters is stored unchanged, whatever the characters', async () => {
  const reason = '𝄞'.repeat(500);
  const { status, body } = await remove(service, { ids: [], reason });
  expect([status, body.reason]).toEqual([200, reason]);
});

test.each([
  ['a batch', { batchId: 9_007_199_254_740_991 }, 'batch_not_found'],
  [
    'an instrument by symbol',
    { filter: { symbol: 'NOBODY', start: '2026-01-01', end: '2026-01-02' } },
    'instrument_not_found',
  ],
  [
    'an instrument by id',
    { filter: { instrumentId: 4_294_967_297, start: '2026-01-01', end: '2026-01-02' } },
    'instrument_not_found',
  ],
])('a selector of something unknown gets a 404: %s', async (_, selector, code) => {
  for (const dryRun of [false, true]) {
    const reply = await remove(service, { ...selector, dryRun });
    expect([reply.status, reply.body.code]).toEqual([404, code]);
  }
});

test('a restoration follows the same rules, and may name an operation instead of rows', async () => {
  for (const body of [
    { operationId: 1, ids: [1] },
    { operationId: 1, batchId: 1 },
    { operationId: 0 },
    { operationId: '1' },
    {},
  ]) {
    const reply = await restore(service, body);
    expect([body, reply.status, reply.body.code]).toEqual([body, 422, 'invalid_request']);
  }
  expect((await restore(service, { ids: [], reason: undefined })).status).toBe(422);
});
