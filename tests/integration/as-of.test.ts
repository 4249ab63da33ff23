import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** As-of reads return what the same request returned right after a batch or an operation, whatever has happened since. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const NOW = '2026-11-02T14:30:00Z';
const send = async (symbol: string, ...prices: number[]) => {
  const records = prices.map((price, nth) => tick({ symbol, timestamp: `2026-11-02T14:30:0${nth}Z`, price }));
  return (await service.post('/v1/market-data', { records })).body as { batchId: number; firstId: number };
};

/** Everything that can be read for an instrument, now or as of a moment. */
async function readAll(symbol: string, asOf?: string): Promise<object> {
  const moment = asOf === undefined ? {} : { asOf };
  const get = async (path: string, query: Record<string, string>) => {
    const { status, body } = await service.get(path, { query: { ...query, ...moment } });
    expect([path, status, body.detail]).toEqual([path, 200, undefined]);
    return body.data;
  };
  return {
    page: await get('/v1/market-data', { symbol }),
    deleted: await get('/v1/market-data', { symbol, includeDeleted: 'true', order: 'asc' }),
    latest: await get('/v1/market-data/latest', { symbols: symbol }),
    bars: await get('/v1/market-data/bars', { symbol, interval: '1s' }),
  };
}

test('reads as of before a deletion, a restoration or a late batch do not show it', async () => {
  const symbol = await newInstrument(service);
  const first = await send(symbol, 1, 2);
  const deletion = (await remove(service, { ids: [first.firstId] })).body.operationId;
  const restoration = (await restore(service, { operationId: deletion })).body.operationId;
  const second = await send(symbol, 3);
  const prices = async (asOf: string) => {
    const { body } = await service.get('/v1/market-data', { query: { symbol, asOf, order: 'asc' } });
    return body.data.map((row: { price: number }) => row.price).sort();
  };
  expect(await prices(`batch:${first.batchId}`)).toEqual([1, 2]);
  expect(await prices(`operation:${deletion}`)).toEqual([2]);
  expect(await prices(`operation:${restoration}`)).toEqual([1, 2]);
  expect(await prices(`batch:${second.batchId}`)).toEqual([1, 2, 3]);
});

test('a time means the last batch or operation that began before it', async () => {
  const symbol = await newInstrument(service);
  await send(symbol, 1);
  const [between] = await service.sql<{ at: string }>(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  await send(symbol, 2);
  const asOf = async (time: string) =>
    (await service.get('/v1/market-data', { query: { symbol, asOf: time } })).body.data.length;
  expect([await asOf(between?.at as string), await asOf('2100-01-01'), await asOf('2000-01-01')]).toEqual([1, 2, 0]);
});

test('bars of stored bars are made of the length that was stored then', async () => {
  const symbol = await newInstrument(service);
  const store = async (bars: string, ...times: string[]) => {
    const records = times.map((time) => tick({ symbol, timestamp: `2026-11-02T${time}:00Z`, price: 7 }));
    return (await service.post('/v1/market-data', { records }, { query: { bars } })).body.batchId as number;
  };
  const read = async (asOf: Record<string, string>) =>
    (await service.get('/v1/market-data/bars', { query: { symbol, interval: '1h', from: 'bars', ...asOf } })).body.data;
  const minutes = await store('1m', '14:30', '14:31');
  const asLoaded = await read({});
  expect(asLoaded).toMatchObject([{ count: 2 }]);
  const hours = await store('1h', '14:00');
  expect(await read({})).toMatchObject([{ count: 1 }]);
  await remove(service, { batchId: minutes });
  await remove(service, { batchId: hours });
  expect(await read({})).toEqual([]);
  expect(await read({ asOf: `batch:${minutes}` })).toEqual(asLoaded);
  expect(await read({ asOf: `batch:${hours}` })).toMatchObject([{ count: 1 }]);
});

test('in random histories, each state is read as it was after all later changes', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), price: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ kind: fc.constant('delete' as const), of: fc.nat() }),
    fc.record({ kind: fc.constant('restore' as const), of: fc.nat() }),
    fc.record({ kind: fc.constant('undo' as const), of: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const symbol = await newInstrument(service);
      const ids: number[] = [];
      const deletions: number[] = [];
      const recorded: [moment: string, state: object][] = [];
      for (const each of [{ kind: 'send', price: 50 } as const, ...steps]) {
        if (each.kind === 'send') {
          const { batchId, firstId } = await send(symbol, each.price, each.price + 1);
          ids.push(firstId, firstId + 1);
          recorded.push([`batch:${batchId}`, await readAll(symbol)]);
          continue;
        }
        const id = ids[each.of % ids.length] as number;
        const undone = deletions[each.of % Math.max(1, deletions.length)];
        if (each.kind === 'undo' && undone === undefined) continue;
        const { body } =
          each.kind === 'delete'
            ? await remove(service, { ids: [id] })
            : await restore(service, each.kind === 'undo' ? { operationId: undone } : { ids: [id] });
        if (each.kind === 'delete') deletions.push(body.operationId);
        recorded.push([`operation:${body.operationId}`, await readAll(symbol)]);
      }
      for (const [moment, state] of recorded) expect([moment, await readAll(symbol, moment)]).toEqual([moment, state]);
    }),
    // the SQL is the same on every backend, and each Data API call costs an HTTP request, so fewer runs suffice there
    { numRuns: inject('backend') === 'pg' ? 6 : 2 },
  );
});

describe('refused', () => {
  test.each([
    ['a batch that does not exist', 'batch:999999', 404, 'batch_not_found'],
    ['an operation that does not exist', 'operation:999999', 404, 'operation_not_found'],
    ['what is no moment', 'yesterday', 422, 'invalid_request'],
  ])('%s', async (_what, asOf, status, code) => {
    const reply = await service.get('/v1/market-data', { query: { symbol: 'ES', start: NOW, asOf } });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });
});
