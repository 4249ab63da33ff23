import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createSender, TickStoreProblem } from '../../client/index.ts';

export interface LoadOptions {
  readonly client: Client;
  readonly symbol: string;
  /** Ticks per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Rows per batch. */
  readonly rows: number;
  readonly inFlight: number;
  readonly gzip: boolean;
  readonly signal: AbortSignal;
  /** Called every second, with a line for a person. */
  readonly onSecond: (line: string) => void;
}

export interface LoadResult {
  readonly storedRows: number;
  /** From the first tick to the last receipt. */
  readonly seconds: number;
  /** From the time a batch's last tick was passed to the sender until its receipt. Milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Failed attempts by code. */
  readonly problems: Readonly<Record<string, number>>;
  readonly batchIds: readonly [first: number, last: number] | null;
}

const STEP_MS = 10;

/** Passes generated ticks to a sender, evenly over time, and waits for their receipts. */
export async function runLoadTest(options: LoadOptions): Promise<LoadResult> {
  const { client, symbol, rate, seconds, rows, signal } = options;
  const problems: Record<string, number> = {};
  const latencies: number[] = [];
  const batchIds: number[] = [];
  const handedOver: number[] = [];
  let stored = 0;
  const sender = createSender({
    ...{ client, rows, inFlight: options.inFlight, gzip: options.gzip, query: { symbol } },
    onReceipt: ({ receipt, rows: count }) => {
      stored += count;
      batchIds.push(receipt.batchId);
      latencies.push(performance.now() - (handedOver[Math.min(stored, handedOver.length) - 1] ?? 0));
    },
    onProblem: (problem) => {
      const code = problem instanceof TickStoreProblem ? problem.code : 'unreachable';
      problems[code] = (problems[code] ?? 0) + 1;
    },
  });
  const startedAt = performance.now();
  const walk = randomWalk();
  let saidAt = 0;
  for (let sent = 0; sent < rate * seconds && !signal.aborted; ) {
    const elapsed = (performance.now() - startedAt) / 1000;
    for (const due = Math.min(rate * seconds, elapsed * rate); sent < due; sent++) {
      await sender.add({ timestamp: new Date().toISOString(), ...walk() });
      handedOver.push(performance.now());
    }
    if (elapsed - saidAt >= 1) {
      saidAt = Math.floor(elapsed);
      const { pendingRows, window } = sender.stats();
      options.onSecond(
        `${saidAt} s: ${sent} sent, ${stored} stored, ${pendingRows} waiting, ${window} batches at once`,
      );
    }
    await sleep(STEP_MS);
  }
  await sender.flush();
  const took = (performance.now() - startedAt) / 1000;
  await sender.close();
  batchIds.sort((a, b) => a - b);
  const [first, last] = [batchIds[0], batchIds.at(-1)];
  return {
    ...{ storedRows: stored, seconds: took, problems, latencyMs: percentiles(latencies) },
    batchIds: first === undefined || last === undefined ? null : [first, last],
  };
}

function percentiles(values: readonly number[]): LoadResult['latencyMs'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Prices that move randomly by ticks of a quarter, like those of a future. */
function randomWalk(): () => { price: number; volume: number } {
  let price = 4300;
  return () => {
    price += Math.round(Math.random() * 2 - 1) * 0.25;
    return { price, volume: 1 + Math.floor(Math.random() * 5) };
  };
}
