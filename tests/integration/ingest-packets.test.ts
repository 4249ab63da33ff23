import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcomesOf } from '../support/receipts.ts';
import { newInstrument, remove } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, tick } from '../support/ticks.ts';

/** Feeds that number packets: several ticks of one instant may share a sequence, and some of them also have the same values. */

let service: TestService;
let symbol: string;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const trade = (sequence: number | null, fields: Partial<TickInput> = {}) => tick({ symbol, sequence, ...fields });
const post = async (records: readonly object[], query: Record<string, string | boolean> = {}) => {
  const reply = await service.post('/v1/market-data', { records }, { query: { sequenceOf: 'packet', ...query } });
  return { ...reply, outcomes: reply.status === 200 ? outcomesOf(reply.body) : [] };
};
const stored = () =>
  service.sql<{ price: number; occurrence: number }>(
    `select price, occurrence from tick_store.market_data m join tick_store.instruments i on i.id = m.instrument_id
      where i.symbol = $1 order by occurrence`,
    [symbol],
  );

describe('a packet', () => {
  test('is stored whole, including equal ticks', async () => {
    symbol = await newInstrument(service);
    const packet = [trade(7), trade(7), trade(7, { price: 5 }), trade(7)];
    expect((await post(packet)).outcomes).toEqual(Array(4).fill('inserted'));
    expect(await stored()).toEqual([4300.25, 4300.25, 5, 4300.25].map((price, occurrence) => ({ price, occurrence })));
  });

  test('is not stored twice if it is sent again, whole or in parts', async () => {
    symbol = await newInstrument(service);
    const packet = [trade(7), trade(7), trade(7, { price: 5 })];
    await post(packet);
    expect((await post(packet)).outcomes).toEqual(Array(3).fill('duplicates'));
    expect((await post(packet.slice(1))).outcomes).toEqual(['duplicates', 'duplicates']);
    expect((await post([trade(7, { price: 5 })])).outcomes).toEqual(['duplicates']);
    expect(await stored()).toHaveLength(3);
  });

  test('grows to as many equal ticks as the batch that sent the most', async () => {
    symbol = await newInstrument(service);
    expect((await post([trade(7)])).outcomes).toEqual(['inserted']);
    expect((await post([trade(7), trade(7), trade(7, { price: 5 })])).outcomes).toEqual([
      'duplicates',
      'inserted',
      'inserted',
    ]);
    expect((await post([trade(7, { price: 5 }), trade(7), trade(7), trade(7)])).outcomes).toEqual([
      'duplicates',
      'duplicates',
      'duplicates',
      'inserted',
    ]);
    expect((await stored()).map((row) => row.occurrence)).toEqual([0, 1, 2, 3]);
  });

  test('counts deleted ticks, which stay deleted', async () => {
    symbol = await newInstrument(service);
    const { body } = await post([trade(7), trade(7)]);
    await remove(service, { ids: [body.firstId] });
    expect((await post([trade(7), trade(7)])).outcomes).toEqual(['duplicates', 'tombstoned']);
    expect((await post([trade(7), trade(7), trade(7)])).outcomes).toEqual(['duplicates', 'tombstoned', 'inserted']);
  });

  test('does not affect ticks without a sequence, which are always stored', async () => {
    symbol = await newInstrument(service);
    const mixed = [trade(7), trade(null), trade(7), trade(null)];
    expect((await post(mixed)).outcomes).toEqual(Array(4).fill('inserted'));
    expect((await post(mixed)).outcomes).toEqual(['duplicates', 'inserted', 'duplicates', 'inserted']);
  });
});

test('the same packet from four feeds at once is stored once', async () => {
  symbol = await newInstrument(service);
  const packet = [trade(7), trade(7), trade(8), trade(8, { price: 5 }), trade(7, { bid: 1 })];
  const replies = await Promise.all(Array.from({ length: 4 }, () => post(packet)));
  expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
  expect(replies.reduce((sum, { body }) => sum + body.inserted, 0)).toBe(5);
  expect(await stored()).toHaveLength(5);
});

test('an atomic batch of packets has no conflicts, and a rejection refuses it with the outcomes it would have had', async () => {
  symbol = await newInstrument(service);
  await post([trade(7)]);
  expect((await post([trade(7, { price: 5 }), trade(7)], { atomic: true })).outcomes).toEqual([
    'inserted',
    'duplicates',
  ]);
  const refused = await post([trade(7), trade(9), trade(9, { volume: -1 })], { atomic: true });
  expect(refused).toMatchObject({
    status: 422,
    body: { code: 'atomic_rejected', inserted: 1, duplicates: 1, rejected: 1 },
  });
  expect(await stored()).toHaveLength(2);
});

test('bars have no packets', async () => {
  const reply = await post([trade(7)], { bars: '1m' });
  expect([reply.status, reply.body.errors?.[0]?.path]).toEqual([422, 'sequenceOf']);
});
