import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '@tick-store/local-cloud';
import { afterAll, afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

// A start takes 2 s, or 6 s where the app must be synthesised first; a busy machine may take many times that.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const project = join(import.meta.dirname, '..', '..');
const root = mkdtempSync(join(tmpdir(), 'tick-store-npm-start-'));
// mkdtemp closes it to everybody else; the account that runs the servers for root has to pass.
chmodSync(root, 0o711);
const dataDirectory = join(root, 'data');

/** `npm start` as a child process. */
class Service {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor({ args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {}) {
    this.child = spawn(process.execPath, ['bin/local.ts', ...args], {
      cwd: project,
      env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: dataDirectory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.exited = once(this.child, 'close').then(([code]) => code as number | null);
  }

  get url(): string {
    return /^Tick Store ready at (\S+)$/m.exec(this.stdout)?.[1] ?? 'not ready';
  }

  get commands(): string[] {
    return this.stdout.split('\n').filter((line) => line.startsWith('curl '));
  }

  async prints(pattern: RegExp): Promise<void> {
    const ended = this.exited.then(() => 'ended');
    while (!pattern.test(this.stdout)) {
      if ((await Promise.race([ended, sleep(10)])) === 'ended' && !pattern.test(this.stdout)) {
        throw new Error(`It ended without printing ${pattern}:\n${this.stdout}${this.stderr}`);
      }
    }
  }

  async ready(): Promise<this> {
    await this.prints(/^Tick Store ready at .*\n/m);
    return this;
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return await this.exited;
  }

  /** Postgres, PgBouncer, the execution environments and what they started. */
  processes(): (ProcessIdentity & { readonly command: string })[] {
    const table = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
      .map(([, pid, parent, command = '']) => ({ pid: Number(pid), parent: Number(parent), command }));
    const found = new Set([this.child.pid]);
    for (let size = 0; size < found.size; ) {
      size = found.size;
      for (const { pid, parent } of table) if (found.has(parent)) found.add(pid);
    }
    return table.flatMap(({ pid, command }) => {
      const identity = found.has(pid) && pid !== this.child.pid ? identify(pid) : undefined;
      return identity === undefined || command.startsWith('ps ') ? [] : [{ ...identity, command }];
    });
  }

  pidOf(mark: string): number {
    const found = this.processes().find(({ command }) => command.includes(mark));
    if (found === undefined) throw new Error(`no process with ${mark}`);
    return found.pid;
  }

  async ingest(records: readonly object[]): Promise<number> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ records });
    const answer = await fetch(`${this.url}/v1/market-data`, { method: 'POST', headers, body });
    await answer.text();
    return answer.status;
  }

  async read(path: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.url}${path}`)).json()) as Record<string, unknown>;
  }

  /** Resolves when a path's response is as wanted. */
  async shows(path: string, wanted: (answer: Record<string, unknown>) => boolean): Promise<void> {
    while (!wanted(await this.read(path))) await sleep(100);
  }

  /** Prices of the newest ticks of an instrument. */
  async prices(symbol: string): Promise<number[]> {
    const answer = await fetch(`${this.url}/v1/market-data?symbol=${symbol}&limit=10000`);
    const { data } = (await answer.json()) as { data: { price: number }[] };
    return data.map(({ price }) => price);
  }
}

const started: Service[] = [];

function start(options: ConstructorParameters<typeof Service>[0] = {}): Service {
  const service = new Service(options);
  started.push(service);
  return service;
}

afterEach(async () => {
  for (const service of started.splice(0)) {
    if (service.child.exitCode === null && service.child.signalCode === null) await service.stop();
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tick = (symbol: string, price: number) => ({ timestamp: new Date().toISOString(), symbol, price });

/** None of these run any more, at the latest after a moment. */
async function expectAllEnded(processes: readonly ProcessIdentity[], withinMs = 0): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (processes.some(isRunning) && performance.now() < deadline) await sleep(20);
  expect(processes.filter(isRunning)).toEqual([]);
}

describe('npm start', () => {
  test('prints that it is ready and a command that works, on one screen, and Ctrl-C ends all of it', async () => {
    const service = await start({ args: ['--fresh'] }).ready();
    expect(service.stdout.match(/^Tick Store ready at http:\/\/127\.0\.0\.1:\d+$/gm)).toHaveLength(1);
    expect(service.stdout).toContain('Added instruments: ES NQ YM CL GC SPX NDX RUT VIX TICK ADD TRIN');
    expect(service.stdout.split('\n').length).toBeLessThan(25);
    await service.prints(/^curl .*\n/m);
    expect(service.commands).toHaveLength(1);
    const [command = ''] = service.commands;
    const run = () => JSON.parse(execFileSync('bash', ['-c', `${command} --fail-with-body`], { encoding: 'utf8' }));
    expect(run()).toMatchObject({ received: 2, inserted: 2 });
    expect(run()).toMatchObject({ received: 2, inserted: 2 });
    expect(await service.prices('ES')).toEqual([4300.25, 4300]);

    const processes = service.processes();
    expect(processes.filter(({ command }) => command.includes(dataDirectory)).length).toBeGreaterThanOrEqual(2);
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
    await expectAllEnded(processes);
  });

  test('--demo sends ticks of all twelve instruments', async () => {
    // a directory of its own: the other tests count what is stored
    const service = await start({ args: ['--demo'], env: { DATA_DIR: join(root, 'demo') } }).ready();
    const symbols = 'ES,NQ,YM,CL,GC,SPX,NDX,RUT,VIX,TICK,ADD,TRIN';
    const newest = (body: Record<string, unknown>) =>
      Object.values(body['data'] as Record<string, { id: number } | null>);
    await service.shows(`/v1/market-data/latest?symbols=${symbols}`, (body) =>
      newest(body).every((tick) => tick !== null),
    );
    const first = newest(await service.read(`/v1/market-data/latest?symbols=${symbols}`)).map((tick) => tick?.id);
    await service.shows(`/v1/market-data/latest?symbols=${symbols}`, (body) =>
      newest(body).every((tick, i) => tick?.id !== first[i]),
    );
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
  });

  test('keeps rows and changed instruments, and refuses a second start on the same data', async () => {
    const service = await start().ready();
    const body = JSON.stringify({ name: 'Mine', type: 'future', priceDecimals: 1 });
    const headers = { 'content-type': 'application/json' };
    const changed = await fetch(`${service.url}/v1/instruments/ES`, { method: 'PUT', headers, body });
    expect(changed.status).toBe(200);
    expect(await service.ingest([tick('NQ', 1), tick('NQ', 2)])).toBe(200);

    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.stderr).toMatch(/^Tick Store: \S+ is in use by process \d+ \(.*\): stop that one first.*\n$/);
    expect(await service.prices('NQ')).toHaveLength(2);
    expect(await service.stop('SIGTERM')).toBe(0);

    const again = await start().ready();
    expect(again.stdout).not.toContain('Added instruments');
    expect((await again.prices('NQ')).sort()).toEqual([1, 2]);
    const instrument = await fetch(`${again.url}/v1/instruments/ES`);
    expect(await instrument.json()).toMatchObject({ id: 1, name: 'Mine', priceDecimals: 1 });
  });

  test('starts again after SIGKILL with every row that was acknowledged', async () => {
    const service = await start().ready();
    expect(await service.ingest([tick('YM', 3)])).toBe(200);
    const processes = service.processes();
    await service.stop('SIGKILL');
    const again = await start().ready();
    await expectAllEnded(processes);
    expect(await again.prices('YM')).toEqual([3]);
  });

  test('lets a request under way finish', async () => {
    const service = await start().ready();
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    const upload = request(`${service.url}/v1/market-data`, { method: 'POST', headers });
    upload.flushHeaders();
    await once(upload, 'continue');
    const exited = service.stop();
    await service.prints(/^Stopping$/m);
    upload.end(JSON.stringify({ records: [tick('CL', 4)] }));
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    expect(await exited).toBe(0);
  });

  test('a signal during the start ends it, too', async () => {
    const service = start();
    await service.prints(/^Data: /m);
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
    expect(service.stdout).not.toContain('ready');
  });

  test('a second Ctrl-C does not wait for a request that hangs', async () => {
    const service = await start().ready();
    const processes = service.processes();
    process.kill(service.pidOf('pgbouncer.ini'), 'SIGSTOP');
    const hanging = service.prices('ES').catch(() => 'cut off');
    // a request that came later has its response, so the first one is under way
    await service.read('/_local/functions');
    service.child.kill('SIGINT');
    await service.prints(/^Stopping$/m);
    expect(service.child.exitCode).toBe(null);
    // one that follows at once is npm's copy of the first
    const again = setInterval(() => service.child.kill('SIGINT'), 100);
    onTestFinished(() => clearInterval(again));
    expect(await service.exited).toBe(130);
    expect(await hanging).toBe('cut off');
    await expectAllEnded(processes, 5_000);
  });

  test('--fresh empties it', async () => {
    const service = await start({ args: ['--fresh'] }).ready();
    expect(service.stdout).toContain('Added instruments: ES');
    expect(await service.prices('YM')).toEqual([]);
  });
});

describe('npm start runs the template', () => {
  test('says what it does not run, measures its health by the schedule, and shows alarms and messages next to the API', async () => {
    const service = await start().ready();
    expect(service.stdout).toMatch(/^Stack tick-store, .*; RDS Proxy on port \d+, the cluster on port \d+$/m);
    await service.shows('/_local/metrics', (all) => JSON.stringify(all).includes('"ProbeUp"'));
    await service.shows('/v1/health', ({ status }) => status === 'healthy');
    const config = await service.read('/v1/config');
    expect(config).toMatchObject({ configuration: { backend: 'proxy', pooler: { baseConnections: 20 } } });

    const shown = async (name: string) =>
      (await service.read(`/_local/${name}`)) as unknown as Record<string, unknown>[];
    const resources = await shown('resources');
    expect(resources).toContainEqual(
      expect.objectContaining({ type: 'AWS::CodeDeploy::DeploymentGroup', treatment: 'not emulated' }),
    );
    const alarms = await shown('alarms');
    expect(alarms.filter(({ state }) => state === 'ALARM')).toEqual([]);
    expect(alarms.map(({ name }) => name)).toContain('tick-store-probe-silent-critical');
    const metrics = await shown('metrics');
    expect(metrics).toContainEqual(
      expect.objectContaining({
        namespace: 'AWS/Lambda',
        name: 'Invocations',
        dimensions: { FunctionName: 'tick-store-read' },
      }),
    );
    expect(await shown('queues')).toEqual(
      ['tick-store-dead-letters', 'tick-store-undelivered-pages'].map((name) => ({ name, messages: [] })),
    );
    expect((await shown('schedules')).map(({ name }) => name)).toContain('tick-store-probe-health');
    expect(await (await fetch(`${service.url}/_local`)).text()).toContain('nothing in alarm');
    expect((await fetch(`${service.url}/_local/nothing`)).status).toBe(404);
  });

  test.each([
    ['postgres', 'NDX', /; PgBouncer on port \d+$/m],
    ['neon', 'RUT', /; Neon's endpoint at http:\S+$/m],
    ['data-api', 'VIX', /; the Data API at http:\S+$/m],
    // and back, on the same data
    ['proxy', 'TICK', /; RDS Proxy on port \d+, the cluster on port \d+$/m],
  ])('--database %s: stores, reads, and says so', async (backend, symbol, description) => {
    const service = await start({ args: backend === 'proxy' ? [] : ['--database', backend] }).ready();
    expect(service.stdout).toMatch(description);
    expect(await service.ingest([tick(symbol, 5)])).toBe(200);
    expect(await service.prices(symbol)).toEqual([5]);
    expect(await service.read('/v1/config')).toMatchObject({ configuration: { backend } });
    await service.shows('/_local/metrics', (all) => JSON.stringify(all).includes('"ProbeUp"'));
    await service.shows('/v1/health', ({ status }) => status === 'healthy');
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
  });

  test("over a function's reserved concurrency: 429, though more would wait for a process of this machine", async () => {
    const service = await start({ env: { CONCURRENCY: '1' } }).ready();
    const pooler = service.pidOf('pgbouncer.ini');
    const functions = (await service.read('/_local/functions')) as unknown as Record<string, unknown>[];
    const restore = functions.find(({ name }) => name === 'tick-store-restore');
    expect(restore).toMatchObject({ reservedConcurrency: 5 });
    process.kill(pooler, 'SIGSTOP');
    const body = JSON.stringify({ ids: [1], reason: 'test' });
    const headers = { 'content-type': 'application/json' };
    const requests = Array.from({ length: 6 }, async () => {
      const answer = await fetch(`${service.url}/v1/market-data/restorations`, { method: 'POST', headers, body });
      await answer.text();
      return answer.status;
    });
    expect(await Promise.race(requests)).toBe(429);
    process.kill(pooler, 'SIGCONT');
    const statuses = await Promise.all(requests);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});

describe('a server that is killed comes back by itself', () => {
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
      new RegExp(`^${name} runs again on port \\d+ \\(process \\d+\\), [\\d.]+ s after it ended$`, 'm'),
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

describe('npm start says in one line why it does not start', () => {
  test('a port that is taken, before it makes or removes anything', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const untouched = join(root, 'untouched');
    const service = start({ args: ['--fresh'], env: { PORT: String(port), DATA_DIR: untouched } });
    expect(await service.exited).toBe(1);
    const line = `Tick Store: Port ${port} is taken: set PORT to another, or PORT=0 to let one be picked.\n`;
    expect(service.stderr).toBe(line);
    expect(service.stdout).toBe('');
    expect(existsSync(untouched)).toBe(false);
    other.close();
  });

  test('a data directory that cannot be one; with DEBUG, with the stack', async () => {
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
    expect(service.stderr).toBe(`${message}: npm start -- --help shows what there is\n`);
  });

  test('and --help shows what there is', async () => {
    const service = start({ args: ['--help'] });
    expect(await service.exited).toBe(0);
    for (const word of ['--fresh', '--database', 'PORT', 'DATA_DIR', 'CONCURRENCY', 'AWS_REGION'])
      expect(service.stdout).toContain(word);
  });
});

test('what functions log is in functions.log, and trouble is on the terminal in short', async () => {
  const service = await start().ready();
  await service.ingest([tick('ES', 1)]);
  process.kill(service.pidOf('pgbouncer.ini'), 'SIGKILL');
  await service.prints(/runs again/);
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
test.runIf(process.getuid?.() === 0)(
  'a Ctrl-C that ends a program which the start has asked is not an error',
  async () => {
    const programs = join(root, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'id'), '#!/bin/sh\nkill -INT $PPID\nkill -INT $$\n', { mode: 0o755 });
    const service = new Service({ env: { PATH: `${programs}:${process.env['PATH']}` } });
    expect([await service.exited, service.stderr]).toEqual([0, '']);
  },
);
