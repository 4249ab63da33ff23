import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Receipt } from '../../functions/contract/batches.ts';
import type { Operation } from '../../functions/contract/operations.ts';
import type { Random } from '../fuzz/random.ts';
import { type BodyFormat, bodyOf, MEDIA_TYPES } from '../support/bodies.ts';

/** Clients that write while the service is disturbed, and retry by the rules of docs/api.md. */

/** What became of a request: `nothing` where the service said that nothing was written, `unknown` where no one can say. */
export type RequestOutcome = 'answered' | 'nothing' | 'unknown';

/** Which faults, by their numbers, there were from when a request was sent until its last response. */
interface UnderWay {
  readonly since: number;
  until: number;
}

export interface SentBatch extends UnderWay {
  readonly kind: 'batch';
  readonly keyed: boolean;
  /** Prices of its records, in order: each is used once, so that a row names the record that it came from. */
  readonly prices: readonly number[];
  readonly sequences: readonly (number | null)[];
  readonly symbol: string;
  outcome: RequestOutcome;
  receipt?: Receipt;
}

export interface SentOperation extends UnderWay {
  readonly kind: 'operation';
  /** Its reason, which no other operation has. */
  readonly reason: string;
  outcome: RequestOutcome;
  id?: number;
  text?: string;
}

/** Something that is not as clients were told. */
export interface StoreDifference {
  readonly text: string;
  /** The request that it is about, where it is about one. */
  readonly sent?: SentBatch | SentOperation;
}

/** Everything that clients have sent, and what they were told. */
export interface Sent {
  readonly batches: SentBatch[];
  readonly operations: SentOperation[];
  /** Differences that a client saw by itself. */
  readonly differences: StoreDifference[];
  retries: number;
  replays: number;
  /** The number of the fault that there is, or was last. */
  fault: number;
}

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

interface Answer {
  readonly outcome: RequestOutcome;
  readonly status: number;
  readonly text: string;
}

const SYMBOLS = ['ES', 'NQ', 'GBPUSD'] as const;
const START = Date.parse('2026-11-02T14:30:00Z');
/** A client waits for less than `Retry-After` here, so that a run has more retries in it. */
const RETRY_MS = 150;
const RESPONSE_MS = 12_000;

let serial = 0;

export class OrdealClient {
  readonly #url: string;
  readonly #random: Random;
  readonly #sent: Sent;
  readonly #name: string;
  #requests = 0;
  /** Ends retries that would go on for ever. */
  isHealed = false;

  constructor(url: string, name: string, random: Random, sent: Sent) {
    this.#url = url;
    this.#name = name;
    this.#random = random;
    this.#sent = sent;
  }

  async run(until: () => boolean): Promise<void> {
    while (!until()) {
      const dice = this.#random.below(10);
      if (dice < 5) await this.#ingest(false);
      else if (dice < 6) await this.#ingest(true);
      else await this.#change(dice < 8 ? 'deletions' : 'restorations');
    }
  }

  async #ingest(replaces: boolean): Promise<void> {
    const random = this.#random;
    const corrected = replaces ? this.#known().find(({ sequences }) => !sequences.includes(null)) : undefined;
    const count = corrected?.sequences.length ?? 1 + random.below(20);
    const hasSequence = random.below(3) > 0;
    const first = serial;
    serial += count;
    const prices = Array.from({ length: count }, (_, index) => first + index + 1);
    const sequences = corrected?.sequences ?? prices.map((price) => (hasSequence ? price : null));
    const symbol = corrected?.symbol ?? random.pick(SYMBOLS);
    const records = prices.map((price, index) => {
      const sequence = sequences[index] ?? null;
      return { timestamp: new Date(START + (sequence ?? price)).toISOString(), symbol, price, sequence };
    });
    const keyed = corrected !== undefined || random.below(4) > 0;
    const format = random.pick<BodyFormat>(['json', 'ndjson', 'csv']);
    const isGzip = random.below(3) === 0;
    const text = bodyOf(format, records);
    // a batch of more rows than that is sent while it is read, unless it has something to explain
    const sending = random.below(2) === 0 ? '' : '?batchSize=2';
    const query = corrected === undefined ? sending : '?onConflict=replace&reason=corrected';
    const batch: SentBatch = {
      ...{ kind: 'batch', keyed, prices, sequences, symbol, outcome: 'unknown' },
      ...this.#underWay(),
    };
    this.#sent.batches.push(batch);
    const request = {
      path: `/v1/market-data${query}`,
      headers: {
        'content-type': MEDIA_TYPES[format],
        ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
        ...(keyed ? { 'idempotency-key': this.#key() } : {}),
      },
      body: isGzip ? gzipSync(text) : text,
    };
    const answer = await this.#persist(request, keyed);
    batch.outcome = answer.outcome;
    batch.until = this.#sent.fault;
    if (answer.outcome !== 'answered') return;
    const receipt = answer.status === 200 ? (parse(answer.text) as Receipt | undefined) : undefined;
    if (receipt !== undefined) batch.receipt = receipt;
    else this.#differs(batch, `a batch of valid records got ${answer.status}: ${answer.text}`);
    if (keyed && random.below(5) === 0) await this.#replay(request, answer, batch);
  }

  async #change(what: 'deletions' | 'restorations'): Promise<void> {
    const batch = this.#known()[0];
    const earlier = this.#sent.operations.filter(({ id }) => id !== undefined).at(-1 - this.#random.below(5));
    if (batch?.receipt === undefined) return;
    const { batchId, firstId, received } = batch.receipt;
    const timestamps = batch.sequences.map((sequence, index) => START + (sequence ?? (batch.prices[index] as number)));
    const time = (of: number) => new Date(of).toISOString();
    const filter = {
      symbol: batch.symbol,
      start: time(Math.min(...timestamps)),
      end: time(Math.max(...timestamps)),
    };
    const selector = this.#random.pick<object>([
      { batchId },
      { filter },
      { ids: [[firstId, firstId + received - 1]] },
      { ids: [firstId, firstId + 60_000] },
      ...(earlier === undefined ? [] : [{ operationId: earlier.id }]),
    ]);
    const reason = `${this.#name} ${++this.#requests}`;
    const sent: SentOperation = { kind: 'operation', reason, outcome: 'unknown', ...this.#underWay() };
    this.#sent.operations.push(sent);
    const keyed = this.#random.below(4) > 0;
    const request = {
      path: `/v1/market-data/${what}`,
      headers: { 'content-type': 'application/json', ...(keyed ? { 'idempotency-key': this.#key() } : {}) },
      body: JSON.stringify({ ...selector, reason: sent.reason }),
    };
    const answer = await this.#persist(request, keyed);
    sent.until = this.#sent.fault;
    // an operation can be undone by one kind alone, and the other kind is refused
    sent.outcome = answer.outcome === 'answered' && answer.status !== 200 ? 'nothing' : answer.outcome;
    if (answer.outcome !== 'answered' || answer.status !== 200) return;
    const operation = parse(answer.text) as Operation | undefined;
    if (operation === undefined) return this.#differs(sent, `an operation got a 200 that is no JSON: ${answer.text}`);
    sent.id = operation.operationId as number;
    sent.text = answer.text;
    if (keyed && this.#random.below(5) === 0) await this.#replay(request, answer, sent);
  }

  /** The same request again: the same response, and nothing done twice. */
  async #replay(request: Request, first: Answer, sent: SentBatch | SentOperation): Promise<void> {
    const again = await this.#persist(request, true);
    if (again.outcome !== 'answered') return;
    this.#sent.replays++;
    sent.until = this.#sent.fault;
    if (again.text !== first.text || again.status !== first.status)
      this.#differs(sent, `a replay differs: ${first.status} ${first.text}\n then ${again.status} ${again.text}`);
  }

  /** Sends until there is an answer, where a key makes that safe; now and then it gives up, as clients do. */
  async #persist(request: Request, keyed: boolean): Promise<Answer> {
    for (;;) {
      const answer = await this.#send(request);
      if (answer.outcome === 'answered') return answer;
      if (!keyed || (!this.isHealed && this.#random.below(40) === 0)) return answer;
      this.#sent.retries++;
      await sleep(RETRY_MS);
    }
  }

  async #send({ path, headers, body }: Request): Promise<Answer> {
    try {
      const signal = AbortSignal.timeout(RESPONSE_MS);
      const response = await fetch(this.#url + path, { method: 'POST', headers, body: body as string, signal });
      const text = await response.text();
      return { status: response.status, text, outcome: outcomeOf(response.status, text) };
    } catch (error) {
      return { status: 0, text: String(error), outcome: 'unknown' };
    }
  }

  /** A batch that was stored, in a list of one. */
  #known(): SentBatch[] {
    const stored = this.#sent.batches.filter(({ receipt }) => receipt !== undefined);
    return stored.length === 0 ? [] : [stored[Math.max(0, stored.length - 1 - this.#random.below(20))] as SentBatch];
  }

  #differs(sent: SentBatch | SentOperation, text: string): void {
    this.#sent.differences.push({ text, sent });
  }

  #underWay(): UnderWay {
    return { since: this.#sent.fault, until: this.#sent.fault };
  }

  #key(): string {
    return `${this.#name}-${++this.#requests}`;
  }
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a client may conclude from a response: docs/api.md. */
function outcomeOf(status: number, text: string): RequestOutcome {
  // one that is in progress is a 409, and may be an earlier try of the same request
  const wroteNothing = status === 429 || /"code":"(pool_exhausted|database_busy|request_in_progress)"/.test(text);
  return wroteNothing ? 'nothing' : status < 500 ? 'answered' : 'unknown';
}
