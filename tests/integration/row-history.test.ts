import { afterAll, beforeAll, expect, test } from 'vitest';
import { correctionsOf } from '../support/corrections.ts';
import { newInstrument, restore, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

/** The history of a row: its revisions with the operations that changed each. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const { oneTick, operation, replace } = correctionsOf(() => service);

const history = async (id: number, query: Record<string, string | number> = {}) =>
  (await service.get(`/v1/market-data/${id}/history`, { query })).body;

test('a history lists the revisions with the operations that changed each, by the id of any of them', async () => {
  const { id, row } = await oneTick();
  const { body } = await replace([{ ...row, price: 2 }]);
  const undo = (await restore(service, { operationId: body.operationId })).body;
  const found = await history(id);
  const common = { actor: 'local' };
  const corrected = { ...common, operationId: body.operationId, kind: 'correction', reason: 'bad print' };
  const undone = { ...common, operationId: undo.operationId, kind: 'restoration', reason: 'the feed was right' };
  expect(found).toMatchObject({
    data: [
      {
        ...{ id, revision: 0, price: 1, deletedAt: null, batchId: Math.floor(id / 65_536) },
        operations: [
          { ...corrected, effect: 'deleted' },
          { ...undone, effect: 'restored' },
        ],
      },
      {
        ...{ id: body.firstId, revision: 1, price: 2, deletedBy: undo.operationId, batchId: body.batchId },
        operations: [
          { ...corrected, effect: 'stored', at: (await operation(body.operationId)).at },
          { ...undone, effect: 'deleted', at: undo.at },
        ],
      },
    ],
    nextCursor: null,
  });
  expect(await history(body.firstId)).toEqual(found);
  const first = await history(id, { limit: 1 });
  expect(first.data).toEqual(found.data.slice(0, 1));
  expect((await history(id, { limit: 1, cursor: first.nextCursor })).data).toEqual(found.data.slice(1));
});

test('a row without a key and a bar that was never corrected have one revision each', async () => {
  const symbol = await newInstrument(service);
  const [id] = await store(service, ticks(2, { symbol }));
  expect((await history(id as number)).data).toMatchObject([{ id, revision: 0, operations: [] }]);
  const bar = (await service.post('/v1/market-data', { records: [tick({ symbol })] }, { query: { bars: '1m' } })).body;
  expect((await history(bar.firstId)).data).toMatchObject([{ id: bar.firstId, revision: 0 }]);
  const missing = await service.get('/v1/market-data/1/history');
  expect([missing.status, missing.body.code]).toEqual([404, 'tick_not_found']);
});
