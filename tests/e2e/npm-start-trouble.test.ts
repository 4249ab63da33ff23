import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { dataDirectory, endWhatStarts, expectAllEnded, root, Service, start, tick } from '../support/npm-start.ts';

// A start takes 2 s, or 6 s where the app must be synthesised first; a busy machine may take many times that.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

endWhatStarts();

describe('a killed server is restarted', () => {
  test.each([
    ['PgBouncer', 'pgbouncer.ini'],
    ['PostgreSQL', `-D ${dataDirectory}`],
  ])('%s', async (name, mark) => {
    const service = await start().ready();
    const symbol = name === 'PgBouncer' ? 'GC' : 'SPX';
    const acknowledged: number[] = [];
    const statuses = new Set<number>();
    let next = 1;
    let isOver = false;
    const send = async () => {
      while (!isOver) {
        const price = next++;
        const status = await service.ingest([tick(symbol, price)]);
        statuses.add(status);
        if (status === 200) acknowledged.push(price);
        else await sleep(20);
      }
    };
    const clients = [send(), send(), send()];
    await vi.waitUntil(() => acknowledged.length > 20, { timeout: 20_000, interval: 20 });
    process.kill(service.pidOf(mark), 'SIGKILL');
    await service.prints(
      new RegExp(`^${name} is running again on port \\d+ \\(process \\d+\\), [\\d.]+ s after it ended$`, 'm'),
    );
    const before = acknowledged.length;
    while (acknowledged.length < before + 50) await sleep(20);
    isOver = true;
    await Promise.all(clients);

    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    const stored = new Set(await service.prices(symbol));
    expect(acknowledged.filter((price) => !stored.has(price))).toEqual([]);
    const processes = service.processes();
    expect(await service.stop()).toBe(0);
    await expectAllEnded(processes);
  });
});

describe('npm start reports in one line why it cannot start', () => {
  test('a port that is in use, before it creates or removes anything', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const untouched = join(root, 'untouched');
    const service = start({ args: ['--fresh'], env: { PORT: String(port), DATA_DIR: untouched } });
    expect(await service.exited).toBe(1);
    const line = `Tick Store: Port ${port} is taken: set PORT to another port, or to 0 for a free one.\n`;
    expect(service.stderr).toBe(line);
    expect(service.stdout).toBe('');
    expect(existsSync(untouched)).toBe(false);
    other.close();
  });

  test('a data directory that is not usable, with a stack trace only if DEBUG is set', async () => {
    const env = { DATA_DIR: '/dev/null/data' };
    const service = start({ env });
    expect(await service.exited).toBe(1);
    expect(service.stderr).toMatch(/^Tick Store: .*\/dev\/null.*\n$/);
    const debugged = start({ env: { ...env, DEBUG: '1' } });
    expect(await debugged.exited).toBe(1);
    expect(debugged.stderr).toMatch(/\n {4}at /);
  });

  test.each([
    ['a bad PORT', { env: { PORT: 'three' } }, 'PORT=three must be a whole number from 0 to 65535'],
    ['an unknown flag', { args: ['--frsh'] }, 'Unknown option --frsh'],
  ])('%s', async (_, options, message) => {
    const service = start(options);
    expect(await service.exited).toBe(2);
    expect(service.stderr).toBe(`${message}: npm start -- --help lists the options\n`);
  });

  test('and --help lists the options', async () => {
    const service = start({ args: ['--help'] });
    expect(await service.exited).toBe(0);
    for (const word of ['--fresh', '--database', 'PORT', 'DATA_DIR', 'CONCURRENCY', 'AWS_REGION'])
      expect(service.stdout).toContain(word);
  });
});

test('the functions’ log is in functions.log, and the terminal shows errors in short', async () => {
  const service = await start().ready();
  await service.ingest([tick('ES', 1)]);
  process.kill(service.pidOf('pgbouncer.ini'), 'SIGKILL');
  await service.prints(/is running again/);
  await service.stop();
  const lines = readFileSync(join(dataDirectory, 'functions.log'), 'utf8').trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records).toContainEqual(
    expect.objectContaining({
      function: 'tick-store-ingest',
      message: 'request',
      route: 'POST /v1/market-data',
      status: 200,
    }),
  );
  expect(service.stderr).toMatch(/^tick-store-ingest WARN an idle connection ended: .*reason=.*$/m);
  expect(service.stderr).not.toContain('{');
});

// only root has somebody else's account to ask for
test.runIf(process.getuid?.() === 0)('a Ctrl-C that ends a child program of the start is not an error', async () => {
  const programs = join(root, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'id'), '#!/bin/sh\nkill -INT $PPID\nkill -INT $$\n', { mode: 0o755 });
  const service = new Service({ env: { PATH: `${programs}:${process.env['PATH']}` } });
  expect([await service.exited, service.stderr]).toEqual([0, '']);
});
