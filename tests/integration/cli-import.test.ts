import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startService, type TestService } from '../support/service.ts';
import { zipOf } from '../support/zip.ts';

let service: TestService;
let directory: string;
let start = Date.parse('2026-03-01T00:00:00Z');
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tick-store-import-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  // each test uses its own day
  start += 86_400_000;
});

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};
const timeAt = (i: number) => new Date(start + i).toISOString();
const csv = (rows: number, from = 0) =>
  `timestamp,price,volume\n${Array.from({ length: rows }, (_, i) => `${timeAt(from + i)},${from + i},1\n`).join('')}`;
const run = (args: string[], confirms?: boolean) =>
  runCli(['import', ...args, '--url', service.url, '--rejected', join(directory, 'rejected.csv')], confirms);
/** Prices stored for the test's day, ascending. */
async function stored(symbol = 'ES'): Promise<number[]> {
  const rows = await service.sql<{ price: number }>(
    `select m.price from tick_store.market_data m join tick_store.instruments i on i.id = m.instrument_id
      where i.symbol = $1 and m.timestamp >= $2::timestamptz and m.timestamp < $2::timestamptz + interval '1 day' order by m.price`,
    [symbol, new Date(start).toISOString()],
  );
  return rows.map(({ price }) => price);
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('tick-store import', () => {
  test('shows how it reads the file, asks, stores it, and does not store it twice', async () => {
    const file = put('ES-ticks.csv', csv(50));
    const first = await run([file, '--symbol-from-name'], true);
    expect(first.asked).toEqual(['Import them this way?']);
    expect(first.notes).toContain('→ ES');
    expect(first.notes).toContain(timeAt(0).replace('Z', '000Z'));
    expect(first).toMatchObject({ exitCode: 0, output: expect.stringContaining('50 inserted') });
    const again = await run([file, '--symbol', 'ES', '--yes', '--json']);
    expect(JSON.parse(again.output)).toMatchObject({ received: 50, parts: 1, replayedParts: 1 });
    expect(await stored()).toEqual(upTo(50));
  });

  test('stores nothing if the user declines, nobody can confirm, or it is a dry run', async () => {
    const file = put('a.csv', csv(3));
    expect(await run([file, '--symbol', 'ES'], false)).toMatchObject({ exitCode: 2 });
    expect(await run([file, '--symbol', 'ES'])).toMatchObject({ exitCode: 2 });
    expect(await run([file, '--symbol', 'ES', '--dry-run'])).toMatchObject({ exitCode: 0, asked: [] });
    expect(await stored()).toEqual([]);
  });

  test.each<[string, () => [string, string | Uint8Array]]>([
    ['gzip', () => ['x.csv.gz', gzipSync(csv(5))]],
    ['ZIP', () => ['x.zip', zipOf({ 'readme.txt': 'hello', 'a/x.csv': csv(3), 'b.csv': csv(2, 3) })]],
    [
      'NDJSON',
      () => [
        'x.ndjson',
        upTo(5)
          .map((i) => `${JSON.stringify({ timestamp: timeAt(i), price: i })}\n`)
          .join(''),
      ],
    ],
    ['UTF-16', () => ['x.csv', Buffer.from(`\uFEFF${csv(5)}`, 'utf16le')]],
    ['Parquet', () => ['x.parquet', parquet(5)]],
    ['no line feed at the end', () => ['x.csv', csv(5).trimEnd()]],
    ['CRLF', () => ['x.csv', csv(5).replaceAll('\n', '\r\n')]],
  ])('reads %s', async (_kind, make) => {
    expect(await run([put(...make()), '--symbol', 'ES', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await stored()).toEqual(upTo(5));
  });

  test('writes rejected rows to a file with line and reason, and reports them by its exit code', async () => {
    const good = upTo(30).map((i) => `${timeAt(i)},${i}\n`);
    const file = put('a.csv', `timestamp,price\n${good.join('')}\n${timeAt(30)},"a ""lot"""\nyesterday,2\n`);
    expect(await run([file, '--symbol', 'ES', '--yes'])).toMatchObject({ exitCode: 3 });
    const [title, ...rows] = readFileSync(join(directory, 'rejected.csv'), 'utf8').trimEnd().split('\n');
    expect(title).toBe('file,line,path,code,message,row');
    expect(rows).toEqual([
      expect.stringMatching(new RegExp(`^${file},33,price,.*"${timeAt(30)},""a """"lot"""""""$`)),
      expect.stringMatching(new RegExp(`^${file},34,timestamp,.*,"yesterday,2"$`)),
    ]);
    expect(await stored()).toEqual(upTo(30));
  });

  test('reports what it needs to know before it sends anything', async () => {
    const file = put('a.csv', csv(1));
    expect(await run([file])).toMatchObject({ exitCode: 2, notes: expect.stringContaining('--symbol') });
    expect((await run([file, '--symbol', 'NOBODY', '--yes'])).notes).toContain('Unknown instrument: NOBODY');
    const latin = put('latin.csv', Buffer.from('timestamp,price\n2026-01-01,1\xa0000\n', 'latin1'));
    expect((await run([latin, '--symbol', 'ES', '--yes'])).notes).toContain('is not UTF-8');
    const open = put('b.csv', 'Date,Close\n01/02/2026,1\n02/02/2026,1\n');
    expect(await run([open, '--symbol', 'ES', '--yes'])).toMatchObject({
      exitCode: 2,
      notes: expect.stringContaining('Specify --time-format'),
    });
    expect(await run([join(directory, 'absent*.csv')])).toMatchObject({
      exitCode: 2,
      notes: expect.stringContaining('No file matches'),
    });
  });

  test('creates missing instruments if requested', async () => {
    const file = put('NEW-1m.csv', csv(3));
    const { exitCode, notes } = await run([file, '--symbol-from-name', '--create-instruments', '--yes']);
    expect(exitCode, notes).toBe(0);
    expect(await stored('NEW')).toEqual(upTo(3));
  });

  test('keeps equal rows of a packet, and does not store them again', async () => {
    const rows = upTo(4).flatMap((i) => Array.from({ length: 3 }, () => `${timeAt(i)},${i},7\n`));
    const file = put('packets.csv', `timestamp,price,sequence\n${rows.join('')}`);
    const args = [file, '--symbol', 'ES', '--sequence-of', 'packet', '--yes', '--json'];
    expect(JSON.parse((await run(args)).output)).toMatchObject({ inserted: 12 });
    expect(JSON.parse((await run([...args, '--again', 'x'])).output)).toMatchObject({ inserted: 0, duplicates: 12 });
  });

  test('refuses a file that was imported with other parameters, unless requested', async () => {
    const file = put('zone.csv', `timestamp,price\n${timeAt(0).replace('Z', '')},0\n`);
    expect(await run([file, '--symbol', 'ES', '--yes'])).toMatchObject({ exitCode: 0 });
    const other = [file, '--symbol', 'ES', '--yes', '--time-zone', 'Europe/London'];
    expect(await run(other)).toMatchObject({ exitCode: 1, notes: expect.stringContaining('--again NAME') });
    expect(await run([...other, '--again', 'zone'])).toMatchObject({ exitCode: 0 });
  });

  test.each([[[]], [['--create-instruments']]])(
    'fails at the first request where no store responds %j',
    async (flags) => {
      let attempts = 0;
      const nobody = createTcpServer((socket) => {
        attempts++;
        socket.destroy();
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void nobody.close());
      await once(nobody, 'listening');
      const url = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`;
      const args = ['import', put('a.csv', csv(1)), '--symbol', 'ES', ...flags, '--url', url];
      const { exitCode, notes, asked } = await runCli(args, true);
      expect([exitCode, notes, asked]).toEqual([1, expect.stringContaining('No Tick Store responds'), []]);
      expect(attempts).toBe(1);
    },
  );

  test('says that the store does not respond while it sends, and when it responds again', async () => {
    let broken = 2;
    const front = createServer(async (request, response) => {
      if (request.method === 'POST' && broken-- > 0) return void request.socket.destroy();
      const { method = 'GET', url, headers } = request;
      const kept = ['content-type', 'idempotency-key'].flatMap((name) =>
        headers[name] === undefined ? [] : [[name, String(headers[name])] as [string, string]],
      );
      const body = method === 'GET' ? {} : { body: Buffer.concat(await request.toArray()) };
      const reply = await fetch(`${service.url}${url}`, { method, headers: kept, ...body });
      response.writeHead(reply.status, { 'content-type': String(reply.headers.get('content-type')) });
      response.end(await reply.text());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void front.close());
    await once(front, 'listening');
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const { exitCode, notes } = await runCli(['import', put('a.csv', csv(4)), '--symbol', 'ES', '--yes', '--url', url]);
    expect(exitCode, notes).toBe(0);
    expect(notes.match(/Trying again\./g)).toHaveLength(1);
    expect(notes.indexOf('Trying again.')).toBeLessThan(notes.indexOf('The store responds again.'));
    expect(await stored()).toEqual(upTo(4));
  });

  test.each<[string, () => [string, string | Uint8Array]]>([
    ['CSV', () => ['x.csv', `timestamp,symbol,price\n${timeAt(0)},ES,0\n${timeAt(1)},NQ,1\n`]],
    ['NDJSON', () => ['x.ndjson', `${JSON.stringify({ timestamp: timeAt(0), symbol: 'NQ', price: 0 })}\n`]],
    ['Parquet', () => ['x.parquet', parquet(2, 'NQ')]],
  ])('warns before it asks that rows of %s name another instrument than is given', async (_kind, make) => {
    const file = put(...make());
    const { notes } = await run([file, '--symbol', 'ES', '--dry-run']);
    expect(notes).toContain(`Warning: ${file} is imported as ES, and its rows name NQ. Those will be rejected.`);
    expect((await run([file, '--dry-run'])).notes).not.toContain('Warning');
  });

  test('does not warn of rows that name the instrument that is given, or none', async () => {
    const file = put('x.csv', `timestamp,symbol,price\n${timeAt(0)},ES,0\n${timeAt(1)},,1\n`);
    expect((await run([file, '--symbol', 'ES', '--dry-run'])).notes).not.toContain('Warning');
  });

  test('continues after it was killed, and stores every row once', async () => {
    const files = upTo(4).map((i) => put(`part-${i}.csv`, csv(50_000, i * 50_000)));
    const args = ['import', ...files, '--symbol', 'ES', '--yes', '--workers', '1', '--url', service.url];
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const before = await batches();
      const child = startCommand(args);
      // one batch may still be in flight from the previous import
      while ((await batches()) < before + 2 && child.exitCode === null) await sleep(10);
      child.kill(signal);
      const [code] = await once(child, 'exit');
      expect(code).toBe(signal === 'SIGINT' ? 130 : null);
      await settled();
    }
    expect((await stored()).length).toBeLessThan(200_000);
    const last = await run([...files, '--symbol', 'ES', '--yes', '--json']);
    expect(JSON.parse(last.output)).toMatchObject({ received: 200_000, inserted: 200_000, parts: 12 });
    expect(JSON.parse(last.output).replayedParts).toBeGreaterThan(0);
    expect(await stored()).toEqual(upTo(200_000));
  }, 120_000);
});

const batches = async (): Promise<number> =>
  (await service.sql<{ n: number }>('select count(*)::int as n from tick_store.ingest_batches'))[0]?.n ?? 0;

/** Waits until the in-flight batches of a killed import are stored. */
async function settled(): Promise<void> {
  for (let before = -1; ; ) {
    const now = await batches();
    if (now === before) return;
    before = now;
    await sleep(300);
  }
}

function parquet(rows: number, symbol?: string): Uint8Array {
  const times = upTo(rows).map((i) => new Date(start + i));
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'Datetime', data: times, type: 'TIMESTAMP' },
        { name: 'Close', data: upTo(rows), type: 'DOUBLE' },
        ...(symbol === undefined ? [] : [{ name: 'symbol', data: times.map(() => symbol), type: 'STRING' as const }]),
        { name: 'flags', data: upTo(rows), type: 'INT32' },
      ],
    }),
  );
}

function startCommand(args: string[]) {
  const command = fileURLToPath(new URL('../../bin/tick-store.js', import.meta.url));
  return spawn(process.execPath, [command, ...args], { stdio: 'ignore' });
}
