import { problem } from '../../functions/contract/problem.ts';
import type { TestService } from '../support/service.ts';
import { type FuzzedRequest, generateRequest } from './generate-request.ts';
import { Random } from './random.ts';
import { bytesOf, type RawReply, sendRaw } from './send-raw.ts';

/** What a run of fuzzed requests came to. */
export interface FuzzReport {
  /** Responses by status. */
  readonly statuses: Record<number, number>;
  /** Requests that broke a rule, as text to repeat them by. */
  readonly faults: string[];
  readonly slowestMs: number;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly atOnce?: number;
  /** Called every 50,000 requests with how many were sent, for a run that somebody watches. */
  readonly onProgress?: (sent: number, statuses: Readonly<Record<number, number>>) => void;
}

const PROGRESS_EVERY = 50_000;

/**
 * Sends requests that are generated from a seed, several at once, and judges each response: no 5xx, every refusal a problem
 * document with its request id, and the stored rows are those of the batches that were answered 200.
 */
export async function runFuzz(
  service: TestService,
  { runs, seed, atOnce = 4, onProgress }: FuzzOptions,
): Promise<FuzzReport> {
  const port = Number(new URL(service.url).port);
  const random = new Random(seed);
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  let slowestMs = 0;
  let inserted = await storedRows(service);
  let started = 0;
  const worker = async () => {
    while (started < runs && faults.length < 10) {
      const number = started++;
      if (number > 0 && number % PROGRESS_EVERY === 0) onProgress?.(number, statuses);
      const request = generateRequest(random);
      // what the functions log is kept for tests that look at it
      service.logs.length = 0;
      const reply = await sendRaw(port, [bytesOf(request)]).catch((error: Error) => error);
      const problem = reply instanceof Error ? reply.message : faultOf(request, reply);
      if (problem !== undefined)
        faults.push(`${number}: ${problem}\n${bytesOf(request).toString('latin1').slice(0, 2_000)}`);
      if (reply instanceof Error) continue;
      slowestMs = Math.max(slowestMs, reply.ms);
      const status = reply.statuses[0] ?? 0;
      statuses[status] = (statuses[status] ?? 0) + 1;
      inserted += insertedBy(request, reply);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const rows = await storedRows(service);
  if (rows !== inserted) faults.push(`${rows} rows are stored, and the receipts say ${inserted}`);
  return { statuses, faults, slowestMs };
}

/** What is wrong with a response; undefined if nothing is. */
function faultOf({ method, path }: FuzzedRequest, { statuses, text }: RawReply): string | undefined {
  const [status, ...more] = statuses;
  if (status === undefined) return 'closed without a response';
  // without a probe the health is unknown, which is a 503
  const isHealth = status === 503 && decode(path) === '/v1/health';
  if (status >= 500 && !isHealth) return `responded ${status}: ${text.slice(0, 1_000)}`;
  if (more.length > 0) return `responded ${statuses.length} times`;
  if (status < 400 || isHealth || method === 'HEAD') return undefined;
  const head = text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase();
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  const parsed = problem.safeParse(parse(body));
  if (!parsed.success) return `a ${status} that is no problem document: ${body.slice(0, 500)}`;
  if (!head.includes(`x-request-id: ${parsed.data.requestId.toLowerCase()}`))
    return 'another X-Request-Id than in the body';
  return undefined;
}

function insertedBy({ method, path }: FuzzedRequest, { statuses, text }: RawReply): number {
  const isIngest = method === 'POST' && /^\/v1\/(market-data|alert-logs)$/.test(decode(path));
  if (!isIngest || statuses[0] !== 200 || /^idempotency-replayed: true/im.test(text)) return 0;
  const receipt = parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { inserted?: number; replaced?: number };
  return (receipt.inserted ?? 0) + (receipt.replaced ?? 0);
}

/** Rows of both tables, deleted ones included. */
async function storedRows(service: TestService): Promise<number> {
  const [count] = await service.sql<{ rows: number }>(
    'select ((select count(*) from tick_store.market_data) + (select count(*) from tick_store.alert_logs))::int4 as rows',
  );
  return count?.rows ?? 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
