import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandLine } from '@tick-store/local-cloud';
import { parentOf } from './function-processes.ts';
import type { OwnDatabase } from './own-database.ts';
import { sendSignal } from './send-signal.ts';

const PROGRAM = fileURLToPath(new URL('./sender-process.ts', import.meta.url));
/** The distance between the first tick numbers of two runs of the sender. */
const RUN_SPACING = 10_000_000;

export interface SenderOrdealOptions {
  readonly url: string;
  readonly database: OwnDatabase;
  /** Ticks per second. */
  readonly rate: number;
  /** How long faults are injected. Seconds. */
  readonly seconds: number;
  /** Returns a number from 0 to 1, from a seed, so that a failure can be repeated. */
  readonly random: () => number;
}

export interface OrdealResult {
  /** Numbers of the ticks that the sender confirmed. */
  readonly handedOver: ReadonlySet<number>;
  /** The injected faults, in order. */
  readonly faults: readonly string[];
}

/** Sends ticks at a rate while Postgres, PgBouncer, function processes and the sender itself are killed at random. */
export async function runSenderOrdeal({
  url,
  database,
  rate,
  seconds,
  random,
}: SenderOrdealOptions): Promise<OrdealResult> {
  const spool = mkdtempSync(join(tmpdir(), 'tick-store-ordeal-'));
  const handedOver = new Set<number>();
  const faults: string[] = [];
  let run = 0;
  const start = (count: number) => {
    run += 1;
    const args = [url, spool, run * RUN_SPACING, rate, count].map(String);
    return new SenderProcess(
      spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
      handedOver,
    );
  };
  let sender = start(RUN_SPACING);
  const injections: Record<string, () => Promise<void>> = {
    postgres: async () => {
      await database.killPostgres('SIGKILL');
      await sleep(random() * 1000);
      await database.startPostgres();
    },
    pooler: async () => {
      await database.killPooler();
      await sleep(random() * 500);
      await database.startPooler();
    },
    function: async () => {
      for (const pid of ingestProcesses()) sendSignal(pid, 'SIGKILL');
    },
    sender: async () => {
      await sender.kill();
      sender = start(RUN_SPACING);
    },
  };
  const names = Object.keys(injections);
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until || faults.length < names.length) {
    // each fault once, then at random
    const name = names[faults.length] ?? names[Math.floor(random() * names.length)] ?? 'sender';
    await sleep(300 + random() * 1200);
    faults.push(name);
    await injections[name]?.();
  }
  await sender.kill();
  sender = start(1);
  await sender.finished();
  const left = readdirSync(spool);
  rmSync(spool, { recursive: true });
  if (left.length > 0) throw new Error(`the spool still holds ${left.join(', ')}`);
  return { handedOver, faults };
}

class SenderProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #text = '';

  constructor(child: ChildProcess, handedOver: Set<number>) {
    this.#child = child;
    this.#ended = once(child, 'close');
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (this.#text + chunk.toString()).split('\n');
      this.#text = lines.pop() ?? '';
      for (const line of lines) if (line !== 'stored') handedOver.add(Number(line));
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async finished(): Promise<void> {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`the sender ended with ${this.#child.exitCode}`);
  }
}

/** Execution environments of this process's service. */
function ingestProcesses(): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => commandLine(pid)?.includes('functions/ingest.ts') && parentOf(pid) === process.pid);
}

/** mulberry32, a small random generator. The same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
