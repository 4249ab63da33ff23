import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Receipt } from '../../functions/contract/batches.ts';
import type { Operation } from '../../functions/contract/operations.ts';
import type { Random } from '../fuzz/random.ts';
import { type BodyFormat, bodyOf, MEDIA_TYPES } from '../support/bodies.ts';

/** Clients that write while faults are injected, and retry by the rules of docs/api.md. */

/**
 * The outcome of a request: `responded` after a final response, `nothing` if the service reported that nothing was written,
 * `unknown` otherwise.
 */
export type RequestOutcome = 'responded' | 'nothing' | 'unknown';

/** The numbers of the faults that were active between the sending of a request and its last response. */
interface InFlight {
  readonly since: number;
  until: number;
}

export interface SentBatch extends InFlight {
  readonly kind: 'batch';
  readonly keyed: boolean;
  /** Prices of its records, in order. Each price is used once, so that it identifies the record of a row. */
  readonly prices: readonly number[];
  readonly sequences: readonly (number | null)[];
  readonly symbol: string;
  outcome: RequestOutcome;
  receipt?: Receipt;
}

export interface SentOperation extends InFlight {
  readonly kind: 'operation';
  /** Its reason, which is unique. */
  readonly reason: string;
  outcome: RequestOutcome;
  id?: number;
  text?: string;
}

/** A difference between the responses that clients got and what is stored. */
export interface StoreDifference {
  readonly text: string;
  /** The request that it concerns, if any. */
  readonly sent?: SentBatch | SentOperation;
}

/** Everything that clients have sent, and the responses that they got. */
export interface Sent {
  readonly batches: SentBatch[];
  readonly operations: SentOperation[];
  /** Differences that a client has found itself. */
  readonly differences: StoreDifference[];
  retries: number;
  replays: number;
  /** The number of the current or last fault. */
  fault: number;
}

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

interface ClientResponse {
  readonly outcome: RequestOutcome;
  readonly status: number;
  readonly text: string;
}

const SYMBOLS = ['ES', 'NQ', 'GBPUSD'] as const;
const START = Date.parse('2026-11-02T14:30:00Z');
/** Clients wait less than `Retry-After` here, so that a run has more retries. Milliseconds. */
const RETRY_MS = 150;
const RESPONSE_MS = 12_000;

let serial = 0;

export class OrdealClient {
  readonly #url: string;
  readonly #random: Random;
  readonly #sent: Sent;
  readonly #name: string;
  #requests = 0;
  /** Set at the end of a run. Before that, a client gives up some of its retries. */
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
    // a batch with more rows than `batchSize` is streamed, unless it has something to explain
    const sending = random.below(2) === 0 ? '' : '?batchSize=2';
    const query = corrected === undefined ? sending : '?onConflict=replace&reason=corrected';
    const batch: SentBatch = {
      ...{ kind: 'batch', keyed, prices, sequences, symbol, outcome: 'unknown' },
      ...this.#inFlight(),
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
    const response = await this.#persist(request, keyed);
    batch.outcome = response.outcome;
    batch.until = this.#sent.fault;
    if (response.outcome !== 'responded') return;
    const receipt = response.status === 200 ? (parse(response.text) as Receipt | undefined) : undefined;
    if (receipt !== undefined) batch.receipt = receipt;
    else this.#differs(batch, `a batch of valid records got ${response.status}: ${response.text}`);
    if (keyed && random.below(5) === 0) await this.#replay(request, response, batch);
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
    const sent: SentOperation = { kind: 'operation', reason, outcome: 'unknown', ...this.#inFlight() };
    this.#sent.operations.push(sent);
    const keyed = this.#random.below(4) > 0;
    const request = {
      path: `/v1/market-data/${what}`,
      headers: { 'content-type': 'application/json', ...(keyed ? { 'idempotency-key': this.#key() } : {}) },
      body: JSON.stringify({ ...selector, reason: sent.reason }),
    };
    const response = await this.#persist(request, keyed);
    sent.until = this.#sent.fault;
    // an operation can be undone by only one of the two kinds, and the other one is refused
    sent.outcome = response.outcome === 'responded' && response.status !== 200 ? 'nothing' : response.outcome;
    if (response.outcome !== 'responded' || response.status !== 200) return;
    const operation = parse(response.text) as Operation | undefined;
    if (operation === undefined)
      return this.#differs(sent, `an operation got a 200 that is not JSON: ${response.text}`);
    sent.id = operation.operationId as number;
    sent.text = response.text;
    if (keyed && this.#random.below(5) === 0) await this.#replay(request, response, sent);
  }

  /** Sends the same request again: it must get the same response, and nothing may be done twice. */
  async #replay(request: Request, first: ClientResponse, sent: SentBatch | SentOperation): Promise<void> {
    const again = await this.#persist(request, true);
    if (again.outcome !== 'responded') return;
    this.#sent.replays++;
    sent.until = this.#sent.fault;
    if (again.text !== first.text || again.status !== first.status)
      this.#differs(sent, `a replay differs: ${first.status} ${first.text}\n then ${again.status} ${again.text}`);
  }

  /** Sends until there is a response, if a key makes that safe. Sometimes it gives up, as clients do. */
  async #persist(request: Request, keyed: boolean): Promise<ClientResponse> {
    for (;;) {
      const response = await this.#send(request);
      if (response.outcome === 'responded') return response;
      if (!keyed || (!this.isHealed && this.#random.below(40) === 0)) return response;
      this.#sent.retries++;
      await sleep(RETRY_MS);
    }
  }

  async #send({ path, headers, body }: Request): Promise<ClientResponse> {
    try {
      const signal = AbortSignal.timeout(RESPONSE_MS);
      const response = await fetch(this.#url + path, { method: 'POST', headers, body: body as string, signal });
      const text = await response.text();
      return { status: response.status, text, outcome: outcomeOf(response.status, text) };
    } catch (error) {
      return { status: 0, text: String(error), outcome: 'unknown' };
    }
  }

  /** One of the last stored batches, in a list. Empty if there is none. */
  #known(): SentBatch[] {
    const stored = this.#sent.batches.filter(({ receipt }) => receipt !== undefined);
    return stored.length === 0 ? [] : [stored[Math.max(0, stored.length - 1 - this.#random.below(20))] as SentBatch];
  }

  #differs(sent: SentBatch | SentOperation, text: string): void {
    this.#sent.differences.push({ text, sent });
  }

  #inFlight(): InFlight {
    return { since: this.#sent.fault, until: this.#sent.fault };
  }

  #key(): string {
    return `${this.#name}-${++this.#requests}`;
  }
}

/** Undefined if the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a client may conclude from a response: docs/api.md. */
function outcomeOf(status: number, text: string): RequestOutcome {
  // a 409 for a request in progress may be about an earlier attempt of the same request
  const wroteNothing = status === 429 || /"code":"(pool_exhausted|database_busy|request_in_progress)"/.test(text);
  return wroteNothing ? 'nothing' : status < 500 ? 'responded' : 'unknown';
}
