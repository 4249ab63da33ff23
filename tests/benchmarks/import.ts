import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { planImport } from '../../lib/cli/import/plan-import.ts';
import { readParts } from '../../lib/cli/import/read-parts.ts';
import { queryOf } from '../../lib/cli/import/send-part.ts';
import { median } from './support.ts';
import { LAYOUTS } from './vendor-layouts.ts';

/**
 * Compares `tick-store import` of files in six layouts with posting the same batches by hand from memory. The difference is
 * the cost of reading and splitting files. Then it runs the import once more and kills it twice, to check that every row is
 * stored once. `FILES=30 ROWS=200000` is the full size.
 */
const FILES = Number(process.env['FILES'] ?? 6);
const ROWS = Number(process.env['ROWS'] ?? 50_000);
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const WORKERS = 4;
const names = process.env['LAYOUTS']?.split(',') ?? Object.keys(LAYOUTS);
const project = fileURLToPath(new URL('../../', import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'tick-store-bench-import-'));
const store = await startStore();
try {
  const byHand: number[] = [];
  const imported: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    byHand.push(await postByHand(await filesOf(`H${round}`)));
    imported.push(await importOnce(await filesOf(`I${round}`)));
    console.log(`round ${round + 1}: by hand ${rate(byHand.at(-1))} rows/s, import ${rate(imported.at(-1))} rows/s`);
  }
  const share = median(imported) / median(byHand);
  console.log(`${FILES} files of ${ROWS} rows, ${WORKERS} at once: import at ${share.toFixed(2)} of the rate by hand`);
  console.log(await importKilledTwice(await filesOf('K')));
} finally {
  store.kill('SIGTERM');
  await once(store, 'exit');
  rmSync(directory, { recursive: true, force: true });
}

function rate(rowsPerSecond: number | undefined): string {
  return Math.round(rowsPerSecond ?? 0).toLocaleString('en-US');
}

interface Store extends ChildProcess {
  url?: string | undefined;
}

async function startStore(): Promise<Store> {
  const child: Store = spawn(process.execPath, ['bin/local.ts', '--database', 'postgres'], {
    cwd: project,
    env: { ...process.env, PORT: '0', DATA_DIR: join(directory, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  for (let found: RegExpExecArray | null = null; found === null; await sleep(50)) {
    found = /ready at (\S+)/.exec(printed);
    child.url = found?.[1];
    if (child.exitCode !== null) throw new Error(printed);
  }
  return child;
}

/** Files of all layouts in turn, each with its own instrument, and every second one compressed. */
async function filesOf(prefix: string): Promise<string[]> {
  mkdirSync(join(directory, prefix));
  const files: string[] = [];
  for (let i = 0; i < FILES; i++) {
    const layout = LAYOUTS[names[i % names.length] as keyof typeof LAYOUTS];
    const symbol = `${prefix}F${i}`;
    const response = await fetch(`${store.url}/v1/instruments/${symbol}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    if (!response.ok) throw new Error(await response.text());
    const content = layout(ROWS, i);
    const packed = i % 2 === 1;
    const path = join(directory, prefix, `${symbol}.csv${packed ? '.gz' : ''}`);
    writeFileSync(path, packed ? gzipSync(content, { level: 6 }) : content);
    files.push(path);
  }
  return files;
}

/** @returns rows per second */
async function postByHand(files: readonly string[]): Promise<number> {
  const groups = await planImport(files, { symbolFromName: true, dialect: {}, storesBars: true });
  const requests: { url: string; body: Buffer }[] = [];
  for (const planned of groups.flatMap(({ sources }) => sources)) {
    const url = `${store.url}/v1/market-data?${new URLSearchParams(queryOf(planned, {}))}`;
    const { parts } = await readParts(planned, false);
    for await (const { body } of parts) requests.push({ url, body });
  }
  const startedAt = performance.now();
  let rows = 0;
  const worker = async () => {
    for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
      const response = await fetch(request.url, {
        method: 'POST',
        headers: { 'content-type': 'text/csv', 'idempotency-key': crypto.randomUUID() },
        body: new Uint8Array(request.body),
      });
      if (!response.ok) throw new Error(await response.text());
      rows += ((await response.json()) as { inserted: number }).inserted;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  if (rows !== FILES * ROWS) throw new Error(`${rows} rows stored by hand`);
  return (rows * 1000) / (performance.now() - startedAt);
}

function command(files: readonly string[]) {
  const args = ['import', ...files, '--symbol-from-name', '--yes', '--json', '--workers', String(WORKERS)];
  return spawn(process.execPath, [join(project, 'bin/tick-store.js'), ...args, '--url', store.url ?? ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

interface Summary {
  readonly inserted: number;
  readonly replayedParts: number;
  readonly seconds: number;
}

async function finished(child: ReturnType<typeof command>): Promise<Summary> {
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text) as Summary;
}

/** @returns rows per second, including the start of the command */
async function importOnce(files: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const { inserted } = await finished(command(files));
  if (inserted !== FILES * ROWS) throw new Error(`${inserted} rows imported`);
  return (inserted * 1000) / (performance.now() - startedAt);
}

async function importKilledTwice(files: readonly string[]): Promise<string> {
  for (let kill = 0; kill < 2; kill++) {
    const child = command(files);
    // once in the first file, and once half-way
    while (!(await hasRows(files[Math.floor((kill * FILES) / 2)] ?? ''))) await sleep(10);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const last = await finished(command(files));
  let exact = true;
  for (const file of files) exact &&= (await storedRows(file)) === ROWS;
  return `killed twice, then finished: ${last.replayedParts} parts were stored before; every file has its ${ROWS} rows once: ${exact}`;
}

async function page(
  path: string,
  limit: number,
  cursor?: string,
): Promise<{ data: unknown[]; nextCursor: string | null }> {
  const symbol = path.split('/').at(-1)?.split('.')[0] ?? '';
  const query = new URLSearchParams({ symbol, limit: String(limit), ...barsOf(path), ...(cursor ? { cursor } : {}) });
  const response = await fetch(`${store.url}/v1/market-data?${query}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { data: unknown[]; nextCursor: string | null };
}

async function hasRows(path: string): Promise<boolean> {
  return (await page(path, 1)).data.length > 0;
}

/** Counts rows by reading them all, which is independent of the import. */
async function storedRows(path: string): Promise<number> {
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { data, nextCursor } = await page(path, 10_000, cursor);
    rows += data.length;
    cursor = nextCursor;
  }
  return rows;
}

function barsOf(path: string): { bars?: string } {
  const index = Number(/F(\d+)\./.exec(path)?.[1]);
  return names[index % names.length] === 'histdataBars' ? { bars: '1m' } : {};
}
