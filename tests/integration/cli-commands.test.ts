import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

let service: TestService;
let batchId: number;
beforeAll(async () => {
  service = await startService();
  batchId = (await service.post('/v1/market-data', { records: ticks(5) })).body.batchId;
});
afterAll(() => service.stop());

const run = (args: string[], confirms?: boolean) => runCli([...args, '--url', service.url], confirms);
const json = async (args: string[]) => JSON.parse((await run([...args, '--json'])).output);
const period = ['--symbol', 'ES', '--from', '2026-11-02T14:30:01Z', '--to', '2026-11-02T14:30:02Z'];

describe('tick-store delete and undo', () => {
  test('ask with the count, change nothing if the user declines, and undo what was done', async () => {
    const remove = ['delete', ...period, '--reason', 'bad feed'];
    const refused = await run(remove, false);
    expect(refused).toMatchObject({ exitCode: 2, asked: ['Delete 2 rows?'], notes: 'Nothing was changed.' });
    expect((await run([...remove, '--dry-run'])).output).toBe('2 rows would be deleted.');
    const done = await run(remove, true);
    const operation = /Operation (\d+)/.exec(done.output)?.[1] ?? '';
    expect(done.output).toContain('2 rows deleted.');
    expect((await run(remove, true)).output).toBe('0 rows would be deleted, 2 deleted already.');
    expect(await json(['operations', operation])).toMatchObject({ affected: 2, reason: 'bad feed' });
    // this deletion finds both rows already deleted
    const body = { ids: [batchId * 65_536 + 1, batchId * 65_536 + 2], reason: 'twice' };
    const { operationId: later } = (await service.post('/v1/market-data/deletions', body)).body;
    const undo = ['undo', operation, '--reason', 'was right'];
    const named = `Some of these rows were also deleted by operation ${later}. These deletions would be undone for them, too.`;
    expect(await run(undo, false)).toMatchObject({ asked: ['Change 2 rows?'], notes: expect.stringContaining(named) });
    expect((await run([...undo, '--dry-run'])).output).toBe(`2 rows would be changed.\n${named}`);
    const undone = await json([...undo, '--yes']);
    expect(undone).toMatchObject({ kind: 'restoration', affected: 2, alsoDeletedBy: [later] });
    expect(await json(['delete', '--batch', String(batchId), '--reason', 'x', '--dry-run'])).toMatchObject({
      affected: 5,
    });
  });

  test('import a correction, show it in the history, undo it and redo it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tick-store-correct-'));
    try {
      const file = join(directory, 'CORRECTED.csv');
      const importing = async (price: number, ...flags: string[]) => {
        writeFileSync(file, `timestamp,price,sequence\n2026-11-05T10:00:00Z,${price},1\n`);
        return json(['import', file, '--symbol', 'CORRECTED', '--yes', ...flags]);
      };
      await importing(1, '--create-instruments');
      expect(await importing(2)).toMatchObject({ conflicts: 1, replaced: 0 });
      const correct = ['--on-conflict', 'replace', '--reason', 'bad print'];
      const before = await run(['import', file, '--symbol', 'CORRECTED', '--yes', ...correct]);
      expect(before).toMatchObject({
        exitCode: 1,
        notes: expect.stringContaining('add --again NAME: rows with a sequence'),
      });
      const corrected = await importing(2, ...correct, '--again', 'correction');
      expect(corrected).toMatchObject({ replaced: 1, conflicts: 0 });
      const prices = async () =>
        (await json(['history', String(corrected.batchIds[0] * 65_536)])).data.map(
          ({ price, deletedAt }: { price: number; deletedAt: string | null }) => [price, deletedAt === null],
        );
      expect(await prices()).toEqual([
        [1, false],
        [2, true],
      ]);
      const [operation] = (await json(['operations', '--limit', '1'])).data;
      const why = ['--reason', 'why', '--yes'];
      const undone = await json(['undo', String(operation.operationId), ...why]);
      expect([operation.kind, undone.affected, await prices()]).toEqual([
        'correction',
        2,
        [
          [1, true],
          [2, false],
        ],
      ]);
      const redone = await run(['redo', String(undone.operationId), ...why]);
      expect([redone.output, await prices()]).toEqual([
        expect.stringContaining('2 rows changed.'),
        [
          [1, false],
          [2, true],
        ],
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test.each([
    [['delete', '--reason', 'x'], 'Specify the rows'],
    [['delete', '--symbol', 'ES', '--reason', 'x'], '--symbol requires --from and --to'],
    [['delete', '--ids', '1,x', '--reason', 'x'], 'x is not the id of a row'],
  ])('do not accept %j', async (args, message) => {
    expect(await run(args)).toMatchObject({ exitCode: 2, notes: expect.stringContaining(message) });
  });
});

describe('tick-store instruments', () => {
  test('are put, patched and listed, and their changes as well', async () => {
    await run(['put-instrument', 'CLI/USDT', '--name', 'By hand', '--type', 'crypto', '--decimals', '6']);
    expect((await run(['put-instrument', 'CLI/USDT', '--create'])).exitCode).toBe(1);
    expect(await json(['patch-instrument', 'CLI/USDT', '--status', 'inactive'])).toMatchObject({
      ...{ symbol: 'CLI/USDT', name: 'By hand', status: 'inactive', priceDecimals: 6 },
    });
    expect(await json(['instruments', 'CLI/USDT'])).toMatchObject({ status: 'inactive' });
    expect((await run(['instruments', '--search', 'by hand'])).output).toContain('CLI/USDT');
    const { data } = await json(['changes', '--name', 'CLI/USDT']);
    expect(data.map(({ after }: { after: { status: string } }) => after.status)).toEqual(['inactive', 'active']);
    expect(await json(['changes', String(data[0].operationId)])).toEqual(data[0]);
    expect(await run(['patch-instrument', 'ES'])).toMatchObject({ exitCode: 2 });
  });

  test('are loaded from a CSV file, and a second time are unchanged', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tick-store-instruments-'));
    try {
      const file = join(directory, 'instruments.csv');
      writeFileSync(file, 'symbol,name,priceDecimals\nFILE.A,"A, the first",2\nFILE.B,,\n');
      expect((await run(['load-instruments', file])).output).toBe('2 created, 0 changed, 0 unchanged.');
      expect(await json(['load-instruments', file])).toMatchObject({ received: 2, unchanged: 2 });
      expect(await json(['instruments', 'FILE.A'])).toMatchObject({ name: 'A, the first', priceDecimals: 2 });
      expect(await json(['instruments', 'FILE.B'])).toMatchObject({ name: 'FILE.B', priceDecimals: 4 });
      writeFileSync(file, 'ticker\nES\n');
      expect(await run(['load-instruments', file])).toMatchObject({
        exitCode: 2,
        notes: expect.stringContaining('ticker'),
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('tick-store export', () => {
  test.each(['csv', 'ndjson', 'parquet'])(
    'writes %s that import reads back, with the numbers as they were sent',
    async (format) => {
      const directory = mkdtempSync(join(tmpdir(), 'tick-store-export-'));
      try {
        const day = { csv: '03', ndjson: '04', parquet: '05' }[format] ?? '';
        const sent = ticks(25, { symbol: 'NQ', price: 0.1 + 0.2, sequence: 1 }, `2026-10-${day}T00:00:00Z`);
        await service.post('/v1/market-data', { records: sent });
        const file = join(directory, `x.${format}`);
        const args = ['export', '--symbol', 'NQ', '--from', `2026-10-${day}`, '--to', `2026-10-${day}`, '-o', file];
        expect(await run(args)).toMatchObject({ exitCode: 0, notes: expect.stringContaining('25 rows') });
        const { output } = await run(['import', file, '--yes', '--json']);
        // the key and the values are the same, so the export matches what is stored
        expect(JSON.parse(output)).toMatchObject({ received: 25, duplicates: 25 });
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );
});

describe('tick-store', () => {
  test('bars prints bars of the ticks', async () => {
    const bars = ['bars', '--symbol', 'ES', '--interval', '1m', '--from', '2026-11-02', '--to', '2026-11-03'];
    const { data } = await json(bars);
    expect(data).toMatchObject([
      { symbol: 'ES', start: expect.stringContaining('2026-11-02T14:30:00'), open: 4300, count: 5 },
    ]);
    expect((await run(bars)).output.split('\n')[0]).toMatch(/^symbol +start +open +high/);
  });

  test('latest prints the newest tick of each instrument, also of one without any', async () => {
    for (const symbol of ['NEWEST', 'NONE']) await service.put(`/v1/instruments/${symbol}`, {});
    await service.post('/v1/market-data', { records: ticks(2, { symbol: 'NEWEST', price: 4304 }) });
    const { output } = await run(['latest', 'NEWEST', 'NONE']);
    const [title, , newest, none] = output.split('\n');
    expect(title).toMatch(/^symbol +timestamp +price/);
    expect(newest).toMatch(/^NEWEST +2026-\S+Z +430\d/);
    expect(none).toBe('NONE');
  });

  test('latest shows the ticks as of a batch', async () => {
    const send = async (price: number, day: string) =>
      (await service.post('/v1/market-data', { records: ticks(1, { symbol: 'AsOf', price }, day) })).body;
    await service.put('/v1/instruments/AsOf', {});
    const first = await send(2, '2026-11-19T00:00:00Z');
    await send(1, '2026-11-20T00:00:00Z');
    expect((await json(['latest', 'AsOf'])).data.AsOf.price).toBe(1);
    expect((await json(['latest', 'AsOf', '--as-of', `batch:${first.batchId}`])).data.AsOf.price).toBe(2);
  });

  test('batches lists them, newest first, and prints the receipt of one', async () => {
    await service.post('/v1/market-data', { records: ticks(1, { symbol: 'NQ' }, '2026-09-01T00:00:00Z') });
    const { output } = await run(['batches', '--status', 'stored', '--limit', '2']);
    const [title, , newest, older] = output.split('\n').map((line) => line.trim().split(/ +/));
    expect(title?.slice(0, 4)).toEqual(['batchId', 'at', 'actor', 'status']);
    expect(Number(newest?.[0])).toBeGreaterThan(Number(older?.[0]));
    expect(await json(['batches', String(batchId)])).toMatchObject({ batchId, received: 5, inserted: 5 });
  });

  test('coverage prints what is stored by month or day', async () => {
    await service.put('/v1/instruments/COVERED', {});
    const days = ['2026-08-31T23:59:58Z', '2026-09-01T00:00:00Z'];
    for (const day of days) await service.post('/v1/market-data', { records: ticks(2, { symbol: 'COVERED' }, day) });
    const coverage = ['coverage', '--symbol', 'COVERED', '--by', 'day'];
    expect((await json(coverage)).data).toMatchObject([
      { period: '2026-08-31', rows: 2, lastAt: '2026-08-31T23:59:59.000000Z' },
      { period: '2026-09-01', rows: 2, firstAt: '2026-09-01T00:00:00.000000Z' },
    ]);
    const [title, , ...months] = (await run(coverage.slice(0, 3))).output.split('\n');
    expect(title).toMatch(/^symbol +period +rows +deleted +firstAt +lastAt/);
    expect(months.map((line) => line.split(/ +/).slice(0, 4))).toEqual([
      ['COVERED', '2026-08', '2', '0'],
      ['COVERED', '2026-09', '2', '0'],
    ]);
  });

  test('health reports the state of the store by its exit code', async () => {
    expect(await run(['health'])).toMatchObject({ exitCode: 1, output: expect.stringContaining('unknown') });
    await service.environments.invoke('probe-health', {});
    const { exitCode, output } = await run(['health']);
    expect(output.split('\n')[0]).toMatch(/^(healthy|warning), \d+ s ago$/);
    expect(exitCode).toBe(0);
  });

  test('load-test stores ticks at a rate, and names their batches', async () => {
    const result = await json([
      'load-test',
      '--symbol',
      'GBPUSD',
      '--rate',
      '400',
      '--seconds',
      '1',
      '--batch',
      '100',
      '--yes',
    ]);
    expect(result).toMatchObject({ storedRows: 400, problems: {} });
    expect(result.batchIds).toHaveLength(2);
  });

  test('openapi prints the interface of this version, and of a store', async () => {
    expect(JSON.parse((await runCli(['openapi'])).output)).toMatchObject({
      openapi: '3.1.1',
      info: { version: '0.0.0' },
    });
    expect(JSON.parse((await run(['openapi'])).output)).toMatchObject({ openapi: '3.1.1' });
  });

  test('ends quietly when the reader of its output closes the pipe', () => {
    const { stdout, stderr, status } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" bin/tick-store.js openapi | head -c 1`],
      {
        cwd: fileURLToPath(new URL('../../', import.meta.url)),
        encoding: 'utf8',
      },
    );
    expect([stdout, stderr, status]).toEqual(['{', '', 0]);
  });

  test('config validate checks the configuration of the project', async () => {
    expect(await runCli(['config', 'validate'])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('is valid'),
    });
    expect(await runCli(['config', 'validate', 'absent.ts'])).toMatchObject({ exitCode: 2 });
  });

  test.each([
    [['latets']],
    [['latest']],
    [['export', '--symbol', 'ES', '-o', 'x.txt']],
    [['latest', 'ES', '--url', 'here']],
  ])('rejects the command line %j by its exit code', async (args) => {
    expect((await runCli(args)).exitCode).toBe(2);
  });

  test('prints the store’s problem with its code', async () => {
    const { exitCode, notes } = await run(['operations', '999999']);
    expect([exitCode, notes]).toEqual([1, expect.stringMatching(/operation_not_found, request /)]);
  });
});
