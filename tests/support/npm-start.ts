import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '@tick-store/local-cloud';
import { afterAll, afterEach, expect } from 'vitest';

export const project = join(import.meta.dirname, '..', '..');
export const root = mkdtempSync(join(tmpdir(), 'tick-store-npm-start-'));
// mkdtemp allows only its owner; under root, another account runs the servers and must be able to enter.
chmodSync(root, 0o711);
export const dataDirectory = join(root, 'data');

/** `npm start` as a child process. */
export class Service {
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
    const response = await fetch(`${this.url}/v1/market-data`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  }

  async read(path: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.url}${path}`)).json()) as Record<string, unknown>;
  }

  /** Resolves when the response of a path is as expected. */
  async shows(path: string, isExpected: (body: Record<string, unknown>) => boolean): Promise<void> {
    while (!isExpected(await this.read(path))) await sleep(100);
  }

  /** Prices of the newest ticks of an instrument. */
  async prices(symbol: string): Promise<number[]> {
    const response = await fetch(`${this.url}/v1/market-data?symbol=${symbol}&limit=10000`);
    const { data } = (await response.json()) as { data: { price: number }[] };
    return data.map(({ price }) => price);
  }
}

const started: Service[] = [];

export function start(options: ConstructorParameters<typeof Service>[0] = {}): Service {
  const service = new Service(options);
  started.push(service);
  return service;
}

/** Call once at the top of a test file. Stops the services that its tests started. */
export function endWhatStarts(): void {
  afterEach(async () => {
    for (const service of started.splice(0)) {
      if (service.child.exitCode === null && service.child.signalCode === null) await service.stop();
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
}

export const tick = (symbol: string, price: number) => ({ timestamp: new Date().toISOString(), symbol, price });

/** Checks that none of these processes is running, at the latest after `withinMs`. */
export async function expectAllEnded(processes: readonly ProcessIdentity[], withinMs = 0): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (processes.some(isRunning) && performance.now() < deadline) await sleep(20);
  expect(processes.filter(isRunning)).toEqual([]);
}
