import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type BodyFormat, bodyOf, send } from '../support/bodies.ts';
import { outcomesOf } from '../support/receipts.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ processes: true });
});
afterAll(() => service.stop());

const COUNT = 65_536;
/** Ticks with every field set, and with long numbers. */
const full = (fields: TickInput = {}) =>
  ticks(COUNT, {}, '2026-09-30T12:00:00Z').map((record, index) => {
    const price = 4300.25 + index / 1e5;
    const prices = { price, bid: price, ask: price, openPrice: price, highPrice: price, lowPrice: price };
    return { ...record, ...prices, volume: index / 7, bidSize: index, askSize: index, ...fields };
  });

/** The peak resident memory of any execution environment of this test, in MB. */
function peakMb(): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/status`, 'utf8');
      } catch {
        return ''; // it has ended since
      }
    })
    .filter((status) => status.includes(`\nPPid:\t${process.pid}\n`));
  const peaks = children.map((status) => Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
  expect(peaks.length).toBeGreaterThan(0);
  return Math.max(...peaks);
}

async function expectStored(body: string, format: BodyFormat): Promise<void> {
  const { status, body: receipt } = await send(service, body, format, { gzip: true });
  expect([status, receipt.received, receipt.inserted]).toEqual([200, COUNT, COUNT]);
  expect(receipt.outcomes.inserted).toEqual([[0, COUNT - 1]]);
  const [row] = await service.sql(
    `select count(*)::int as rows, min(id)::float8 as first, max(id)::float8 as last,
            bool_and(price = 4300.25 + (id - $1) / 1e5::float8) as same
       from tick_store.market_data where id >= $1 and id < $1 + 65536`,
    [receipt.firstId],
  );
  expect(row).toEqual({ rows: COUNT, first: receipt.firstId, last: receipt.firstId + COUNT - 1, same: true });
  expect((await service.get(`/v1/market-data/batches/${receipt.batchId}`)).body).toEqual(receipt);
}

/** Formats are read before the database is asked, so one of them shows what the Data API's driver does with the rows. */
const FORMATS: BodyFormat[] = inject('backend') === 'pg' ? ['json', 'ndjson', 'csv'] : ['csv'];

test.each(FORMATS)('65,536 full records of %s are stored as one batch, in less than 512 MB', async (format) => {
  await expectStored(bodyOf(format, full()), format);
  expect(peakMb()).toBeLessThan(512);
});

test('65,536 records with descending sequences, and again with some changed, are stored in less than 512 MB', async () => {
  const records = full().map((record, sequence) => ({ ...record, sequence }));
  const first = await send(service, bodyOf('json', records.toReversed()), 'json', { gzip: true });
  expect([first.status, first.body.inserted]).toEqual([200, COUNT]);
  const changed = records.map((record, index) => {
    if (index % 4 === 0) return { ...record, bid: -1 };
    return index % 4 === 1 ? { ...record, volume: -1 } : record;
  });
  const { status, body } = await send(service, bodyOf('json', changed), 'json', { gzip: true });
  expect(status).toBe(200);
  expect([body.duplicates, body.conflicts, body.rejected]).toEqual([COUNT / 2, COUNT / 4, COUNT / 4]);
  expect(outcomesOf(body).slice(0, 4)).toEqual(['conflicts', 'rejected', 'duplicates', 'duplicates']);
  expect(body.rejections).toHaveLength(1000);
  expect(peakMb()).toBeLessThan(512);
});
