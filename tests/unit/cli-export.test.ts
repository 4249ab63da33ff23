import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { readTicks } from '../../lib/cli/export/read-ticks.ts';
import { type ExportFormat, openWriter } from '../../lib/cli/export/row-writer.ts';
import { parquetRecords } from '../../lib/cli/import/parquet-source.ts';
import { createClient, type Tick } from '../../lib/client/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tick-store-export-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

const EMPTY = {
  volume: null,
  bid: null,
  ask: null,
  bidSize: null,
  askSize: null,
  openPrice: null,
  highPrice: null,
  lowPrice: null,
  sequence: null,
};
const row = (fields: Partial<Tick>): Tick =>
  ({
    ...{ id: 1, instrumentId: 1, batchId: 1, deletedAt: null, deletedBy: null, symbol: 'ES', price: 1 },
    ...EMPTY,
    ...fields,
  }) as Tick;
const ROWS = [
  row({ timestamp: '2026-11-02T14:30:00.000001Z', price: 0.1 + 0.2, sequence: 7 }),
  row({ timestamp: '2026-11-02T14:30:01Z', symbol: 'A "B" C', price: null, volume: 0.5 }),
];

async function written(format: ExportFormat, rows: readonly Tick[] = ROWS): Promise<string> {
  const path = join(directory, `x.${format}`);
  const writer = await openWriter(path, format);
  for (const one of rows) await writer.write([one]);
  await writer.close();
  return path;
}

test('CSV has every column, and quotes cells that contain quotation marks', async () => {
  expect(readFileSync(await written('csv'), 'utf8').split('\n')).toEqual([
    'timestamp,symbol,price,volume,bid,ask,bidSize,askSize,openPrice,highPrice,lowPrice,sequence',
    '2026-11-02T14:30:00.000001Z,ES,0.30000000000000004,,,,,,,,,7',
    '2026-11-02T14:30:01Z,"A ""B"" C",,0.5,,,,,,,,',
    '',
  ]);
});

test('NDJSON has records that the store accepts', async () => {
  const lines = readFileSync(await written('ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { timestamp: '2026-11-02T14:30:00.000001Z', symbol: 'ES', price: 0.1 + 0.2, sequence: 7 },
    { timestamp: '2026-11-02T14:30:01Z', symbol: 'A "B" C', volume: 0.5 },
  ]);
});

test('Parquet keeps microseconds and doubles, and import reads it back', async () => {
  const path = await written('parquet');
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  expect(rows.map(({ price, sequence }) => [price, sequence])).toEqual([
    [0.1 + 0.2, 7n],
    [null, null],
  ]);
  const fields = new Map(['timestamp', 'symbol', 'price'].map((name) => [name, name]));
  expect(await Array.fromAsync(parquetRecords(path, fields))).toEqual([
    { timestamp: '2026-11-02T14:30:00.000001Z', symbol: 'ES', price: 0.1 + 0.2 },
    { timestamp: '2026-11-02T14:30:01.000000Z', symbol: 'A "B" C', price: null },
  ]);
});

test('Parquet can have more rows than a row group, and no rows', async () => {
  const many = Array.from({ length: 100_003 }, (_, price) => row({ timestamp: '2026-11-02T14:30:00Z', price }));
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(await written('parquet', many)),
    columns: ['price'],
  });
  expect([rows.length, rows.at(-1)]).toEqual([100_003, { price: 100_002 }]);
  expect(await parquetReadObjects({ file: await asyncBufferFromFile(await written('parquet', [])) })).toEqual([]);
}, 60_000);

test('ticks are read page by page, and a page that fails ends the export', async () => {
  const pages = [{ data: [1, 2], nextCursor: 'a' }, { data: [3], nextCursor: 'b' }, { status: 410 }];
  const asked: (string | null)[] = [];
  const fetch = async (url: string) => {
    asked.push(new URL(url).searchParams.get('cursor'));
    const body = pages.shift();
    return new Response(JSON.stringify(body), {
      status: body?.status ?? 200,
      headers: { 'content-type': 'application/json' },
    });
  };
  const client = createClient({ url: 'http://store', fetch: fetch as typeof globalThis.fetch });
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const page of readTicks(client, { symbol: 'ES' })) seen.push(...page);
  })();
  await expect(reading).rejects.toMatchObject({ status: 410 });
  expect([seen, asked]).toEqual([
    [1, 2, 3],
    [null, 'a', 'b'],
  ]);
});
