/**
 * `npm run bench -- concurrency`: sends requests over HTTP to a service as `npm start` runs it, with the gateway, function
 * processes, the emulated RDS Proxy, PgBouncer and PostgreSQL on the same machine as the clients. It reports requests and
 * rows per second. It also reports the processor time per request in each part, which is useful on a busy machine too. Each
 * case takes `SECONDS` (default 5), after `WARM_SECONDS` (default 5).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { commandLine } from '@tick-store/local-cloud';
import { startAsCommand } from '../support/start-as-command.ts';
import { asJson, makeRows } from './batches.ts';
import { startBareServer } from './concurrency/start-bare-server.ts';
import { note, print, stamp, writeResults } from './contest.ts';
import { endConnections, postBody } from './post-body.ts';
import { percentile } from './support.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 5);
/** The time before each measurement. In a new process, V8 compiles frequent code only after thousands of requests. */
const WARM_SECONDS = Number(process.env['WARM_SECONDS'] ?? 5);
const CASES = [
  { clients: 1, rows: 1 },
  { clients: 4, rows: 1 },
  { clients: 8, rows: 1 },
  { clients: 4, rows: 100 },
  { clients: 4, rows: 1_000 },
  { clients: 4, rows: 10_000 },
];

/** The rows of each turn are a minute later. After this many turns they start again, before they would be in the future. */
const TURNS = 50_000;
let turn = 0;

/** The part that a process belongs to; undefined if it does not belong to the service. */
function partOf(pid: number, root: number): string | undefined {
  const command = commandLine(pid) ?? '';
  if (pid === root) return 'gateway and proxy front';
  if (command.includes('environment-process')) return 'functions';
  if (command.includes('pgbouncer')) return 'PgBouncer';
  return command.startsWith('postgres') || command.includes('/postgres') ? 'PostgreSQL' : undefined;
}

/** Processor time by part, of all child processes of the service. Milliseconds. */
function processorTime(root: number): Map<string, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // the process has ended meanwhile
    }
  }
  const times = new Map<string, number>();
  for (const pid of parents.keys()) {
    let above: number | undefined = pid;
    while (above !== undefined && above !== root && above > 1) above = parents.get(above);
    const part = above === root ? partOf(pid, root) : undefined;
    if (part !== undefined) times.set(part, (times.get(part) ?? 0) + threadsTime(pid));
  }
  return times;
}

function threadsTime(pid: number): number {
  try {
    const ofThread = (thread: string) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + ofThread(thread), 0);
  } catch {
    return 0;
  }
}

async function run(url: string, { clients, rows }: (typeof CASES)[number], seconds: number) {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const body = asJson(makeRows(rows, turn++ % TURNS));
      const began = performance.now();
      const status = await postBody(`${url}/v1/market-data`, body);
      if (status !== 200) throw new Error(`a batch of ${rows} rows got ${status}`);
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return { times, seconds: (performance.now() - began) / 1000 };
}

const service = await startAsCommand();
const bare = await startBareServer();
try {
  stamp('concurrency');
  for (const symbol of ['RTY']) await service.send('PUT', `/v1/instruments/${symbol}`, { type: 'future' });
  print('\nprocessor time in ms per request');
  for (const one of CASES) {
    await run(service.url, one, WARM_SECONDS);
    const before = processorTime(service.pid);
    const { times, seconds } = await run(service.url, one, SECONDS);
    const spent = [...processorTime(service.pid)].map(
      ([part, ms]) => [part, Math.round(((ms - (before.get(part) ?? 0)) / times.length) * 100) / 100] as const,
    );
    const name = `${one.clients} clients, ${one.rows.toLocaleString('en')} rows per request`;
    const rate = times.length / seconds;
    await run(bare.url, one, WARM_SECONDS);
    const floor = await run(bare.url, one, SECONDS);
    const floorRate = floor.times.length / floor.seconds;
    note(`${name}, bare node:http`, {
      'requests/s': Math.round(floorRate),
      'p50 ms': Math.round(percentile(floor.times, 0.5) * 10) / 10,
    });
    note(name, {
      'requests/s': Math.round(rate),
      "share of bare node:http's": Math.round((rate / floorRate) * 100) / 100,
      'rows/s': Math.round((times.length * one.rows) / seconds),
      ...Object.fromEntries(
        [0.5, 0.95, 0.99].map((p) => [`p${p * 100} ms`, Math.round(percentile(times, p) * 10) / 10]),
      ),
      ...Object.fromEntries(spent),
    });
  }
  writeResults('concurrency');
} finally {
  endConnections();
  await bare.stop();
  await service.stop();
}
