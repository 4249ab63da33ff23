/**
 * `npm run bench -- overload`: measures a service as `npm start` runs it with clients that close the connection after 2 s
 * and retry with the same key. There are as many clients as processes, and then 2, 10 and 50 times as many, first clients
 * that obey `Retry-After`, then clients that ignore it. The benchmark reports acknowledged batches per second, the number
 * and the times of refusals, and how soon the service recovers. It fails if an acknowledged batch is not stored, or stored
 * twice.
 * `SECONDS` (default 8) per case, `ROWS` (default 10) per batch, `PROCESSES` (default 10) of the ingest function.
 */
import { randomUUID } from 'node:crypto';
import { startAsCommand } from '../support/start-as-command.ts';
import { asJson, makeRows } from './batches.ts';
import { note, print, stamp, writeResults } from './contest.ts';
import { postOnce } from './overload/post-once.ts';
import { differencesIn } from './overload/stored-keys.ts';
import { percentile } from './support.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 8);
const ROWS = Number(process.env['ROWS'] ?? 10);
const PROCESSES = Number(process.env['PROCESSES'] ?? 10);
/** How long a client waits for a response. Milliseconds. */
const TIMEOUT_MS = 2_000;
const TIMES = [1, 2, 10, 50];

/** The outcome of every key: the acknowledged batch, or undefined if there was none. */
const keys = new Map<string, number | undefined>();
/**
 * Bodies are made beforehand. The clients share two cores with the service, so making a large batch would let others time out.
 */
const bodies = Array.from({ length: 50 }, (_, at) => asJson(makeRows(ROWS, at)));
let turn = 0;
const nextBody = (): string => bodies[turn++ % bodies.length] as string;

interface Tally {
  readonly accepted: number[];
  readonly refused: number[];
  timedOut: number;
  broken: number;
  inProgress: number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs one client until the end. It sends batch after batch, and retries each until it is acknowledged. */
async function client(url: string, end: number, obeys: boolean, tally: Tally): Promise<void> {
  while (performance.now() < end) {
    const key = randomUUID();
    const body = nextBody();
    keys.set(key, undefined);
    let isStored = false;
    while (!isStored && performance.now() < end) {
      const began = performance.now();
      const { outcome, batchId, retryAfter } = await postOnce(url, key, body, Math.min(TIMEOUT_MS, end - began));
      const ms = performance.now() - began;
      if (outcome === 'timed-out' && performance.now() < end) tally.timedOut += 1;
      if (outcome === 'broken') tally.broken += 1;
      if (outcome === 409) tally.inProgress += 1;
      if (outcome === 429 || outcome === 503) {
        if (retryAfter === undefined) throw new Error(`${outcome} without Retry-After`);
        tally.refused.push(ms);
        if (obeys) await wait(Math.min(retryAfter * 1000, Math.max(0, end - performance.now())));
      } else if (outcome === 200) {
        tally.accepted.push(ms);
        keys.set(key, batchId);
        isStored = true;
      } else if (typeof outcome === 'number' && outcome !== 409) {
        throw new Error(`a batch got ${outcome}`);
      }
    }
  }
}

/** How long a single batch takes after the load, retried until it is stored. Milliseconds. */
async function calmAfter(url: string): Promise<number> {
  const began = performance.now();
  const key = randomUUID();
  const body = nextBody();
  for (;;) {
    const { outcome, batchId } = await postOnce(url, key, body, TIMEOUT_MS);
    if (outcome === 200) {
      keys.set(key, batchId);
      return performance.now() - began;
    }
    if (typeof outcome === 'number' && ![409, 429, 503].includes(outcome)) throw new Error(`a batch got ${outcome}`);
    await wait(50);
  }
}

async function run(url: string, clients: number, obeys: boolean, seconds: number) {
  const tally: Tally = { accepted: [], refused: [], timedOut: 0, broken: 0, inProgress: 0 };
  const end = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: clients }, () => client(url, end, obeys, tally)));
  return { ...tally, perSecond: tally.accepted.length / seconds, calmMs: await calmAfter(url) };
}

const rounded = (value: number) => (Number.isFinite(value) ? Math.round(value) : 0);

const service = await startAsCommand({ CONCURRENCY: String(PROCESSES) });
try {
  stamp('overload');
  await service.send('PUT', '/v1/instruments/RTY', { type: 'future' });
  await run(service.url, PROCESSES, true, 5);
  print(`\n${PROCESSES} processes, ${ROWS} rows per batch, clients that hang up after ${TIMEOUT_MS / 1000} s`);
  for (const obeys of [true, false]) {
    let capacity = Number.NaN;
    for (const times of TIMES) {
      const found = await run(service.url, times * PROCESSES, obeys, SECONDS);
      if (times === 1) capacity = found.perSecond;
      const { accepted, refused, timedOut, inProgress, broken, perSecond, calmMs } = found;
      note(`${times} x, ${times * PROCESSES} clients, Retry-After ${obeys ? 'obeyed' : 'ignored'}`, {
        'batches/s': rounded(perSecond),
        share: Math.round((perSecond / capacity) * 100) / 100,
        'p50 ms': rounded(percentile(accepted, 0.5)),
        'p99 ms': rounded(percentile(accepted, 0.99)),
        'refused/s': rounded(refused.length / SECONDS),
        'refused in p99 ms': rounded(percentile(refused, 0.99)),
        'hung up/s': Math.round((timedOut / SECONDS) * 10) / 10,
        'in progress': inProgress,
        broken,
        'calm after ms': rounded(calmMs),
      });
    }
  }
  const differences = await differencesIn(service, keys, ROWS);
  const acknowledged = [...keys.values()].filter((batchId) => batchId !== undefined).length;
  note('batches acknowledged, keys tried, differences', {
    ...{ acknowledged, tried: keys.size, differences: differences.length },
  });
  for (const difference of differences.slice(0, 20)) print(difference);
  if (differences.length > 0) process.exitCode = 1;
  writeResults('overload');
} finally {
  await service.stop();
}
