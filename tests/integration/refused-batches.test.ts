import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receipt } from '../../functions/contract/batches.ts';
import { problem } from '../../functions/contract/problem.ts';
import { newInstrument, newRule } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const rowsOf = async (batchId: number) =>
  await service.sql<{ status: string; inserted: number; rejected: number }>(
    `select b.status, b.inserted, b.rejected from tick_store.ingest_batches b where block = $1`,
    [batchId],
  );

test('a batch of which every record was rejected leaves its receipt, no row, and its key free', async () => {
  const symbol = await newInstrument(service);
  const headers = { 'idempotency-key': randomUUID() };
  const post = (records: object[]) => service.post('/v1/market-data', { records }, { headers });
  const refused = await post([
    tick({ symbol, price: 'x' }),
    tick({ symbol, timestamp: 1704067200 }),
    tick({ symbol, price: 'y' }),
  ]);
  expect([refused.status, refused.body.code]).toEqual([422, 'all_rejected']);
  problem.parse(refused.body);
  expect(refused.body.detail).toBe(
    'nothing was written: 3 of 3 records were rejected, most often because price must be a number',
  );
  const { batchId } = refused.body;
  const found = await service.get(`/v1/market-data/batches/${batchId}`);
  expect(receipt.parse(found.body)).toEqual(found.body);
  expect(found.body).toMatchObject({ batchId, received: 3, inserted: 0, rejected: 3, refused: 'all_rejected' });
  expect(found.body.rejections).toEqual(refused.body.rejections);
  expect(await rowsOf(batchId)).toEqual([{ status: 'refused', inserted: 0, rejected: 3 }]);
  expect((await post([tick({ symbol })])).body.inserted).toBe(1);
  expect((await post([tick({ symbol })])).headers.get('idempotency-replayed')).toBe('true');
});

test('an atomic batch with a rejection or a conflict does the same', async () => {
  const symbol = await newInstrument(service);
  const post = (records: object[]) => service.post('/v1/market-data', { records }, { query: { atomic: true } });
  const rejected = await post([tick({ symbol }), tick({ symbol, price: 'x' })]);
  await post([tick({ symbol, sequence: 1 })]);
  const conflicting = await post([tick({ symbol, sequence: 1, price: 1 }), tick({ symbol, sequence: 2 })]);
  for (const { status, body } of [rejected, conflicting]) {
    expect([status, body.code]).toEqual([422, 'atomic_rejected']);
    const found = await service.get(`/v1/market-data/batches/${body.batchId}`);
    expect(found.body).toMatchObject({ refused: 'atomic_rejected', received: 2, outcomes: body.outcomes });
  }
  expect((await service.get('/v1/market-data', { query: { symbol } })).body.data).toHaveLength(1);
});

test('a refused batch of alert logs is listed with alert logs', async () => {
  const symbol = await newInstrument(service);
  await newRule(service, symbol);
  const { body } = await service.post('/v1/alert-logs', { records: [{ symbol }] });
  expect((await service.get(`/v1/alert-logs/batches/${body.batchId}`)).body.refused).toBe('all_rejected');
  expect((await service.get(`/v1/market-data/batches/${body.batchId}`)).status).toBe(404);
});

test('a deletion by a refused batch finds nothing, and the batch expires after a week', async () => {
  const { body } = await service.post('/v1/market-data', { records: [tick({ price: 'x' })] });
  const deletion = { batchId: body.batchId, reason: 'nothing there' };
  expect((await service.post('/v1/market-data/deletions', deletion)).body).toMatchObject({ requested: 0, affected: 0 });
  await service.sql('alter table tick_store.ingest_batches disable trigger user');
  await service.sql(`update tick_store.ingest_batches set created_at = now() - interval '8 days' where block = $1`, [
    body.batchId,
  ]);
  await service.sql('alter table tick_store.ingest_batches enable trigger user');
  await service.sql('select tick_store.remove_expired(1)');
  expect((await service.get(`/v1/market-data/batches/${body.batchId}`)).status).toBe(404);
});

test('a receipt counts the times that were truncated to microseconds, whatever the outcome of the rows', async () => {
  const symbol = await newInstrument(service);
  const records = ['00.1234567', '00.123456', '01.000000001'].map((second, index) =>
    tick({ symbol, timestamp: `2026-11-02T14:30:${second}Z`, sequence: index }),
  );
  const post = () => service.post('/v1/market-data', { records }, { query: { subMicrosecond: 'truncate' } });
  const first = await post();
  expect(first.body).toMatchObject({ inserted: 3, truncated: 2 });
  const again = await post();
  expect(again.body).toMatchObject({ duplicates: 3, truncated: 2 });
  for (const { body } of [first, again])
    expect(receipt.parse((await service.get(`/v1/market-data/batches/${body.batchId}`)).body)).toEqual(body);
  const exact = await service.post('/v1/market-data', { records: [tick({ symbol })] });
  expect(exact.body).not.toHaveProperty('truncated');
});

test('a symbol in another case is rejected, and the message has the right one', async () => {
  const { body } = await service.post('/v1/market-data', { records: [tick({ symbol: 'es' })] });
  expect(body.rejections).toMatchObject([
    { code: 'unknown_instrument', message: 'there is no instrument es: ES differs in case' },
  ]);
  const ofQuery = await service.post('/v1/market-data', { records: [tick()] }, { query: { symbol: 'nq' } });
  expect([ofQuery.status, ofQuery.body.detail]).toEqual([422, 'there is no instrument nq: NQ differs in case']);
});

test('a rejection has the line of the file and the index of the record', async () => {
  const symbol = await newInstrument(service);
  const csv = `timestamp,price\n2024-01-02,1\n\n2024-01-03,x\n2024-01-04\n`;
  const reply = await service.post('/v1/market-data', csv, {
    query: { symbol },
    headers: { 'content-type': 'text/csv' },
  });
  expect(reply.body.rejections.map(({ index, line, code }: Record<string, unknown>) => [index, line, code])).toEqual([
    [1, 4, 'invalid_type'],
    [2, 5, 'wrong_cell_count'],
  ]);
  const lines = `{"timestamp":"2024-01-02T00:00:00Z","price":1}\n\n{"timestamp":1704067200,"price":1}\n`;
  const ndjson = await service.post('/v1/market-data', lines, {
    query: { symbol },
    headers: { 'content-type': 'application/jsonl' },
  });
  expect(ndjson.body.rejections).toMatchObject([{ index: 1, line: 3, code: 'ambiguous_time_unit' }]);
});
