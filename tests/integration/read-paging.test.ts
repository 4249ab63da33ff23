import { afterAll, beforeAll, expect, test } from 'vitest';
import { allPages, newestFirst, newInstrument, newSeries, remove, restore, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('paging skips and repeats no row that exists throughout, whatever others write meanwhile', async () => {
  const { symbol, ids } = await newSeries(service, 300);
  const restless = ids.filter((_, index) => index % 7 === 0);
  const firmIds = new Set(ids.filter((_, index) => index % 7 !== 0));
  const writers = async (page: number) => {
    const victims = restless.slice(0, 1 + (page % restless.length));
    await Promise.all([
      store(service, ticks(20, { symbol, price: page }, '2026-11-02T14:31:00Z')),
      store(service, [tick({ symbol, timestamp: '2026-11-20T00:00:00Z' })]),
      page % 2 ? remove(service, { ids: victims }) : restore(service, { ids: victims }),
    ]);
  };
  const walked = (await allPages(service, '/v1/market-data', { symbol, limit: 37 }, writers)).map((row) => row.id);
  expect(new Set(walked).size).toBe(walked.length);
  expect(walked.filter((id) => firmIds.has(id))).toEqual(newestFirst([...firmIds]));
});

test('paging continues if the last row of a page was deleted', async () => {
  const { symbol, ids } = await newSeries(service, 10);
  const removed: number[] = [];
  const walked = await allPages(service, '/v1/market-data', { symbol, limit: 3 }, async (page) => {
    const last = ids[10 - 3 * page] as number;
    removed.push(last);
    await remove(service, { ids: [last] });
  });
  expect(removed).toHaveLength(3);
  expect(walked.map((row) => row.id)).toEqual(newestFirst(ids));
});

test('rows with the same timestamp are paged by id', async () => {
  const symbol = await newInstrument(service);
  const first = await store(
    service,
    Array.from({ length: 100 }, () => tick({ symbol })),
  );
  const second = await store(
    service,
    Array.from({ length: 50 }, () => tick({ symbol })),
  );
  for (const limit of [33, 50, 150]) {
    const walked = await allPages(service, '/v1/market-data', { symbol, limit });
    expect(walked.map((row) => row.id)).toEqual(newestFirst([...first, ...second]));
  }
});

test('paging over many partitions keeps the order', async () => {
  const symbol = await newInstrument(service);
  const timestamps = [
    '1970-01-01T00:00:00Z',
    '1999-12-31T23:59:59.999999Z',
    '2000-01-01T00:00:00Z',
    '2026-11-01T00:00:00Z',
  ];
  const ids = await store(
    service,
    timestamps.map((timestamp) => tick({ symbol, timestamp })),
  );
  const walked = await allPages(service, '/v1/market-data', { symbol, limit: 1 });
  expect(walked.map((row) => row.id)).toEqual(newestFirst(ids));
});

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

test.each([
  ['no JSON', 'abc'],
  ['not base64url', 'a+b/'],
  ['empty', ''],
  ['longer than any valid one', 'A'.repeat(5_000)],
  ['an object', Buffer.from('{}').toString('base64url')],
  ['no parts', cursorOf()],
  ['two parts', cursorOf('2026-11-02T14:30:00.000000Z', 1)],
  ['a number for a time', cursorOf(1, null, 1)],
  ['an id as text', cursorOf('2026-11-02T14:30:00.000000Z', null, '1')],
  ['an id beyond 2^53', cursorOf('2026-11-02T14:30:00.000000Z', null, 1e300)],
  ['a fraction for an id', cursorOf('2026-11-02T14:30:00.000000Z', null, 1.5)],
  ['a sequence as text', cursorOf('2026-11-02T14:30:00.000000Z', '1', 1)],
  ['month 13', cursorOf('2026-13-02T14:30:00.000000Z', null, 1)],
  ['30 February', cursorOf('2026-02-30T14:30:00.000000Z', null, 1)],
  ['hour 24', cursorOf('2026-02-01T24:00:00.000000Z', null, 1)],
  ['the year 0', cursorOf('0000-01-01T00:00:00.000000Z', null, 1)],
  ['SQL', cursorOf("2026-11-02'; drop table x; --", null, 1)],
])('a tampered cursor is refused: %s', async (_, position) => {
  const { symbol } = await newSeries(service, 2);
  const query = { symbol, limit: 1 };
  const { nextCursor } = (await service.get('/v1/market-data', { query })).body;
  // with and without the eight characters that bind a cursor to its query
  for (const cursor of [position, nextCursor.slice(0, 8) + position]) {
    const reply = await service.get('/v1/market-data', { query: { ...query, cursor } });
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request']);
    expect(reply.body.errors[0].path).toBe('cursor');
  }
});
