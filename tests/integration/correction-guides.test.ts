import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellFences } from '../support/documented-commands.ts';
import { startService, type TestService } from '../support/service.ts';

/** The commands of "Correct a bad tick", "Repeat a back-test" and "Bars and late data", run as printed, do what the guides say. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** The responses to the commands of a code fence, one per line. `given` fills in what a reader would: `ID=…`. */
async function run(fence: string | undefined, given: Readonly<Record<string, string | number>> = {}) {
  let script = fence ?? '';
  for (const [name, value] of Object.entries(given)) {
    expect(script).toMatch(new RegExp(`^${name}=…`, 'm'));
    script = script.replace(`${name}=…`, `${name}=${value}`);
  }
  const url = `URL=${service.url}\n${script.replace('URL=http://127.0.0.1:3000', '')}`;
  const { stdout } = await promisify(execFile)('bash', ['-euc', url]);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses without restating their types
  return JSON.parse(`[${stdout.trim().replaceAll('\n', ',')}]`) as any[];
}

const price = async () => (await service.get('/v1/market-data/latest?symbols=ES')).body.data.ES.price;

// in reading order: each guide reads what the one before it has stored
describe('the guides', { shuffle: false }, () => {
  test('a bad tick is corrected, inspected, and restored', async () => {
    const [store, correct, history, undo] = shellFences('docs/guides/correct-a-bad-tick.md');
    const [stored] = await run(store);
    const [receipt] = await run(correct);
    expect([stored.inserted, receipt.replaced, await price()]).toEqual([1, 1, 4300.25]);
    const [revisions] = await run(history, { ID: stored.firstId });
    expect(revisions.data.map((row: { price: number }) => row.price)).toEqual([43002.5, 4300.25]);
    const [dry, undone] = await run(undo, { OPERATION: receipt.operationId });
    expect([dry.affected, undone.affected, undone.ids, await price()]).toEqual([2, 2, dry.ids, 43002.5]);
  });

  test('a back-test is repeated on the same data', async () => {
    const [note, repeat, byTime] = shellFences('docs/guides/repeat-a-back-test.md');
    const noted = await run(note);
    const batchId = noted[0].data[0].batchId;
    const operationId = noted[1].data[0].operationId;
    const AS_OF = operationId > batchId ? `operation:${operationId}` : `batch:${batchId}`;
    const then = await run(repeat, { AS_OF });
    const first = then[0].data[0];
    const records = [{ ...first, price: 1 }].map(({ timestamp, symbol, price: changed, sequence }) => ({
      ...{ timestamp, symbol, price: changed, sequence },
    }));
    await service.post('/v1/market-data', { records }, { query: { onConflict: 'replace', reason: 'again' } });
    expect([await price(), await run(repeat, { AS_OF })]).toEqual([1, then]);
    expect((await run(byTime))[0].data).toMatchObject([{ close: 1 }]);
  });

  test('a late tick is in its bar at once, and bars come as CSV', async () => {
    await service.put('/v1/instruments/NQ', {});
    const [late, others, csv] = shellFences('docs/guides/bars-and-late-data.md');
    const barAt = ({ data }: { data: { start: string; count: number }[] }) =>
      data.find(({ start }) => start.includes('T14:30:00'));
    const [, before, , after] = await run(late);
    expect(barAt(after)).toMatchObject({ high: 4310, count: Number(barAt(before)?.count) + 1 });
    const [, , coverage] = await run(others);
    expect(coverage.data).toMatchObject([{ symbol: 'ES', period: '2026-11-02' }]);
    const script = (csv ?? '').replace('URL=http://127.0.0.1:3000', `URL=${service.url}`);
    const { stdout } = await promisify(execFile)('bash', ['-euc', script]);
    expect(stdout).toMatch(/^symbol,start,open,high,low,close,volume,count,vwap,complete\nES,2026-/);
  });
});
