import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Client,
  createClient,
  createSender,
  ingest,
  items,
  latestTicks,
  pages,
  TickStoreProblem,
} from '../../lib/client/index.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url });
});
afterAll(() => service.stop());

const query = (start: string) => ({ symbol: 'ES', start, end: start.replace('T14', 'T23') });
const stored = async (start: string) => {
  const rows = await Array.fromAsync(items(client, 'listMarketData', { query: { ...query(start), limit: 2 } }));
  return rows.map(({ price }) => price).reverse();
};

describe('the client', () => {
  test('stores records in batches, returns each receipt in order, and stores nothing twice under its key', async () => {
    const start = '2026-01-05T14:00:00Z';
    const records = ticks(7, {}, start);
    const options = { key: 'client-test', limits: { rows: 3 } };
    const outcomes = await Array.fromAsync(ingest(client, records, options));
    expect(outcomes.map(({ firstIndex, rows, key, receipt }) => [firstIndex, rows, key, receipt.inserted])).toEqual([
      [0, 3, 'client-test/0', 3],
      [3, 3, 'client-test/1', 3],
      [6, 1, 'client-test/2', 1],
    ]);
    const again = await Array.fromAsync(ingest(client, records, options));
    expect(again.map(({ replayed, receipt }) => [replayed, receipt])).toEqual(
      outcomes.map(({ receipt }) => [true, receipt]),
    );
    expect(await stored(start)).toEqual(records.map(({ price }) => price));
  });

  test('returns a batch that is refused as a whole with its rejections, and continues', async () => {
    const records = [{ ...ticks(1)[0], symbol: 'NOBODY' }, ...ticks(1, {}, '2026-01-06T14:00:00Z')];
    const [refused, good] = await Array.fromAsync(ingest(client, records, { limits: { rows: 1 } }));
    expect(refused?.refused?.code).toBe('all_rejected');
    expect(refused?.receipt.rejections[0]).toMatchObject({ index: 0, code: 'unknown_instrument' });
    expect(good).toMatchObject({ firstIndex: 1, refused: undefined, receipt: { inserted: 1 } });
  });

  test('reads the newest ticks of more instruments than one request or URL can name', async () => {
    const records = ticks(1, {}, '2026-11-20T14:00:00Z');
    await client.call('ingestMarketData', { body: { records: records as [] } });
    const nobody = Array.from({ length: 2100 }, (_, index) => `O:SPY251200C${String(index).padStart(9, '0')}`);
    const found = await latestTicks(client, { symbols: [...nobody, 'ES', '__proto__'] });
    expect(Object.keys(found)).toEqual([...nobody, 'ES', '__proto__']);
    expect(found['ES']?.price).toBe(records[0]?.price);
    expect(found[nobody[1500] as string]).toBeNull();
    const id = found['ES']?.instrumentId as number;
    expect(await latestTicks(client, { instrumentIds: [id, 999_999] })).toEqual({ [id]: found['ES'], 999999: null });
  });

  test('changes a resource by its ETag, and reads it again only if it has changed', async () => {
    const path = { symbol: 'NQ' };
    const first = await client.reply('getInstrument', { path });
    const ifMatch = first.headers.get('etag') as string;
    expect((await client.reply('getInstrument', { path, ifNoneMatch: ifMatch })).status).toBe(304);
    const changed = await client.call('patchInstrument', { path, body: { name: 'Nasdaq' }, ifMatch });
    expect(changed.name).toBe('Nasdaq');
    const late = client.call('patchInstrument', { path, body: { name: 'late' }, ifMatch });
    await expect(late).rejects.toMatchObject({ status: 412, code: 'precondition_failed' });
    const again = client.call('putInstrument', { path, body: {}, ifNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({ code: 'precondition_failed' });
    expect((await client.reply('getInstrument', { path, ifNoneMatch: ifMatch })).body).toEqual(changed);
  });

  test('follows pages to the end', async () => {
    const start = '2026-01-07T14:00:00Z';
    await client.call('ingestMarketData', { body: { records: ticks(5, {}, start) as [] } });
    const sizes = [];
    for await (const page of pages(client, 'listMarketData', { query: { ...query(start), limit: 2 } }))
      sizes.push(page.data.length);
    expect(sizes).toEqual([2, 2, 1]);
  });

  test('throws the problem of the service with its code and its request id', async () => {
    const error = await client.call('getTick', { path: { id: 1 } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TickStoreProblem);
    expect(error).toMatchObject({ status: 404, code: 'tick_not_found', requestId: expect.stringMatching(/./) });
  });
});

describe('a sender', () => {
  test('stores single ticks in batches and reports every receipt', async () => {
    const start = '2026-01-08T14:00:00Z';
    const receipts: number[] = [];
    const sender = createSender({ client, rows: 4, flushMs: 20, onReceipt: ({ rows }) => receipts.push(rows) });
    const records = ticks(10, {}, start);
    for (const record of records) await sender.add(record);
    await sender.flush();
    expect(receipts.sort((a, b) => b - a)).toEqual([4, 4, 2]);
    expect(sender.stats()).toMatchObject({ sentRows: 10, pendingRows: 0, inFlight: 0 });
    expect(await sender.close()).toEqual({ unsentRows: 0 });
    expect(await stored(start)).toEqual(records.map(({ price }) => price));
  });

  test('sends a partial batch when its time is up', async () => {
    const start = '2026-01-09T14:00:00Z';
    const received = Promise.withResolvers<number>();
    const sender = createSender({ client, flushMs: 20, onReceipt: ({ rows }) => received.resolve(rows) });
    sender.add(ticks(1, {}, start)[0] ?? {});
    expect(await received.promise).toBe(1);
    await sender.close();
  });
});
