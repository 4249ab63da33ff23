import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INSTRUMENTS, demoTick } from './demo-walk.ts';

export interface DemoFeedOptions {
  /** The URL of the HTTP API. */
  readonly url: string;
  readonly warn: (line: string) => void;
  /** Abort it to end the feed. */
  readonly signal: AbortSignal;
  /** The pause between two ticks of an instrument. Milliseconds. */
  readonly everyMs?: number;
  readonly random?: () => number;
}

const EVERY_MS = 1_000;
/** History sent at the start, so that charts show something at once: a tick per instrument every 5 s for an hour. */
const HISTORY_MS = 60 * 60_000;
const HISTORY_STEP_MS = 5_000;
const TIMEOUT_MS = 10_000;

/**
 * Sends random-walk ticks of the twelve instruments through the HTTP API until it is ended: first the missing part of
 * an hour of history, then a tick per instrument and second. A walk continues from the newest stored price. Ticks that
 * the service refuses are not sent again, because the next ones are due.
 */
export async function runDemoFeed(options: DemoFeedOptions): Promise<void> {
  const { url, warn, signal, everyMs = EVERY_MS, random = Math.random } = options;
  const last = new Map(DEMO_INSTRUMENTS.map(({ symbol, level }) => [symbol, level]));
  const newest = await newestTicks(url, signal);
  for (const { symbol, price } of newest) last.set(symbol, price);
  const ticksAt = (timestamp: string) =>
    DEMO_INSTRUMENTS.map((instrument) => {
      const tick = demoTick(instrument, last.get(instrument.symbol) ?? instrument.level, timestamp, random);
      last.set(instrument.symbol, tick.price);
      return tick;
    });
  let wasRefused = false;
  const send = async (records: readonly object[]) => {
    const problem = await post(url, records, signal);
    if (signal.aborted) return;
    if (problem !== undefined && !wasRefused) warn(`The demo feed's ticks are refused; it continues: ${problem}`);
    wasRefused = problem !== undefined;
  };
  const now = Date.now();
  const history: object[] = [];
  const stored = Math.max(0, ...newest.map(({ timestamp }) => Date.parse(timestamp)));
  for (let at = Math.max(now - HISTORY_MS, stored + HISTORY_STEP_MS); at < now; at += HISTORY_STEP_MS)
    history.push(...ticksAt(new Date(at).toISOString()));
  if (history.length > 0) await send(history);
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await send(ticksAt(new Date().toISOString()));
  }
}

interface NewestTick {
  readonly symbol: string;
  readonly timestamp: string;
  readonly price: number;
}

/** The newest stored tick of each instrument that has one with a price; none if the service does not return any. */
async function newestTicks(url: string, signal: AbortSignal): Promise<NewestTick[]> {
  const symbols = DEMO_INSTRUMENTS.map(({ symbol }) => symbol).join(',');
  try {
    const response = await fetch(`${url}/v1/market-data/latest?symbols=${symbols}`, { signal: within(signal) });
    if (!response.ok) return [];
    const { data } = (await response.json()) as {
      data: Record<string, (NewestTick & { price: number | null }) | null>;
    };
    return Object.values(data).filter((tick) => tick !== null && tick.price !== null) as NewestTick[];
  } catch {
    // without it the walk begins at its level
    return [];
  }
}

/** @returns why the batch was not stored; undefined if it was */
async function post(url: string, records: readonly object[], signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/v1/market-data`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `demo-${randomUUID()}` },
      body: JSON.stringify({ records }),
      signal: within(signal),
    });
    const text = await response.text();
    return response.ok ? undefined : `${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

const within = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
