import { afterAll, beforeAll, expect, test } from 'vitest';
import { correctionsOf } from '../support/corrections.ts';
import { remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/** Concurrent corrections, deletions and restorations of one row. */

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

const { oneTick, prices, replace } = correctionsOf(() => service);

test('corrections of one row at once run one after the other, and none is lost', async () => {
  const { symbol, id, row } = await oneTick();
  const replies = await Promise.all([2, 3, 4, 5, 6].map((price) => replace([{ ...row, price }])));
  expect(replies.map(({ status, body }) => [status, body.replaced])).toEqual(replies.map(() => [200, 1]));
  const revisions = await service.sql<{ id: string; revision: number; live: boolean }>(
    `select id, revision, deleted_at is null as live from tick_store.market_data
      where instrument_id = (select id from tick_store.instruments where symbol = $1) order by revision`,
    [symbol],
  );
  const inOrder = replies.map(({ body }) => body.firstId as number).sort((a, b) => a - b);
  expect(revisions.map((revision) => Number(revision.id))).toEqual([id, ...inOrder]);
  expect(revisions.map(({ live }) => live)).toEqual([false, false, false, false, false, true]);
  const older = await service.get('/v1/market-data', {
    query: { symbol, asOf: `operation:${replies[0]?.body.operationId}` },
  });
  expect(older.body.data).toHaveLength(1);
});

test('corrections, deletions and restorations of one row at once leave at most one live revision, as of each of them', async () => {
  const { symbol, row } = await oneTick();
  const filter = { symbol, start: '2026-11-02', end: '2026-11-02' };
  const numbers: number[] = [];
  for (let round = 0; round < 4; round++) {
    const replies = await Promise.all([
      replace([{ ...row, price: 10 + round }]),
      remove(service, { filter }),
      restore(service, { filter }),
      replace([{ ...row, price: 20 + round }]),
      restore(service, { filter }),
      remove(service, { filter }),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect((await prices(symbol)).length).toBeLessThanOrEqual(1);
    const now = await prices(symbol);
    for (const { body } of replies) numbers.push(body.operationId ?? body.batchId);
    const last = Math.max(...numbers);
    expect(await prices(symbol, { asOf: await momentOf(last) })).toEqual(now);
  }
  for (const number of numbers) {
    const rows = await prices(symbol, { asOf: await momentOf(number) });
    expect([number, rows.length <= 1]).toEqual([number, true]);
  }
});

/** Converts a number to a moment: of an operation, or of a batch that corrected nothing. */
async function momentOf(number: number): Promise<string> {
  const { status } = await service.get(`/v1/market-data/operations/${number}`);
  return status === 200 ? `operation:${number}` : `batch:${number}`;
}
