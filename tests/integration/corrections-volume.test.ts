import { afterAll, beforeAll, expect, test } from 'vitest';
import { newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const ROWS = 15_000;

test('15,000 rows are corrected, undone and redone, each as one operation', async () => {
  const symbol = await newInstrument(service);
  const times = ticks(ROWS).map(({ timestamp }, sequence) => `${timestamp},${sequence}`);
  const send = async (price: number, query: Record<string, string>) => {
    const csv = `timestamp,sequence,price\n${times.map((row) => `${row},${price}`).join('\n')}`;
    const headers = { 'content-type': 'text/csv' };
    return (await service.post('/v1/market-data', csv, { query: { symbol, ...query }, headers })).body;
  };
  const replacing = { onConflict: 'replace', reason: 'the vendor sent the day anew' };
  expect(await send(1, {})).toMatchObject({ inserted: ROWS });
  const correction = await send(2, replacing);
  expect(correction).toMatchObject({ replaced: ROWS, outcomes: { replaced: [[0, ROWS - 1]] } });
  const undo = await restore(service, { operationId: correction.operationId, expectedCount: 2 * ROWS });
  expect(undo.body.affected).toBe(2 * ROWS);
  const redo = await remove(service, { operationId: undo.body.operationId });
  expect(redo.body.affected).toBe(2 * ROWS);
  expect(await send(2, replacing)).toMatchObject({ duplicates: ROWS, replaced: 0 });
});
