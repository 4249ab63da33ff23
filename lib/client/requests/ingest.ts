import type { Operations, Receipt } from './api.ts';
import type { CallOptions, Client } from './client.ts';
import { type BatchLimits, type CutBatch, cutBatches } from './cut-batches.ts';
import type { BatchRecord } from './encode-record.ts';
import { gzip } from './gzip.ts';
import { TickStoreProblem } from './problem.ts';

export type IngestOperation = 'ingestMarketData' | 'ingestAlertLogs';

export interface IngestOptions extends CallOptions {
  /** Default `ingestMarketData`. */
  readonly operation?: IngestOperation | undefined;
  readonly query?: Operations['ingestMarketData']['query'] | undefined;
  readonly limits?: Partial<BatchLimits> | undefined;
  /** The largest number of concurrent batches. Default 2. */
  readonly inFlight?: number | undefined;
  /** Default true. */
  readonly gzip?: boolean | undefined;
}

/** The outcome of one batch. */
export interface BatchOutcome {
  /** Index of the batch, from 0. */
  readonly index: number;
  /** The index of its first record in the whole input: `firstIndex + i` is the receipt's record `i`. */
  readonly firstIndex: number;
  readonly rows: number;
  readonly key: string;
  /** Counts, outcomes and rejections, even if the batch was refused as a whole. */
  readonly receipt: Receipt;
  /** Why nothing of it was stored: `all_rejected` or `atomic_rejected`. */
  readonly refused: TickStoreProblem | undefined;
  /** Whether an earlier request with the same key had stored it. */
  readonly replayed: boolean;
}

const DEFAULT_IN_FLIGHT = 2;

/**
 * Stores any number of records in batches, and yields each batch's outcome in order. With a `key`, batch n has the key
 * `KEY/n`. Running it again with the same records, limits and query stores nothing twice, and continues where it ended.
 * @throws InvalidRecord, PacketError, TickStoreProblem, TickStoreUnreachable; batches that are in progress then may be
 * stored
 */
export async function* ingest(
  client: Client,
  records: Iterable<BatchRecord> | AsyncIterable<BatchRecord>,
  options: IngestOptions = {},
): AsyncGenerator<BatchOutcome> {
  const { inFlight = DEFAULT_IN_FLIGHT, key = crypto.randomUUID(), query } = options;
  const packets = (query as { sequenceOf?: unknown } | undefined)?.sequenceOf === 'packet';
  const underWay: Promise<BatchOutcome>[] = [];
  let index = 0;
  for await (const batch of cutBatches(records, { packets, ...options.limits })) {
    const sent = sendBatch(client, batch, index, `${key}/${index}`, options);
    // awaited below, in order; until then a rejection must not count as unhandled
    sent.catch(() => undefined);
    underWay.push(sent);
    index += 1;
    if (underWay.length >= inFlight) yield await (underWay.shift() as Promise<BatchOutcome>);
  }
  for (const sent of underWay) yield await sent;
}

async function sendBatch(
  client: Client,
  { body, rows, firstIndex }: CutBatch,
  index: number,
  key: string,
  options: IngestOptions,
): Promise<BatchOutcome> {
  const packs = options.gzip ?? true;
  const raw = {
    content: packs ? await gzip(body) : body,
    type: 'application/x-ndjson',
    encoding: packs ? ('gzip' as const) : undefined,
  };
  const { operation = 'ingestMarketData', query, signal, retry } = options;
  const outcome = await storeBatch(client, operation, { query, signal, retry, key, raw });
  return { index, firstIndex, rows, key, ...outcome };
}

/** Sends one batch. A batch that was refused because of its rows is an outcome, not an error. */
export async function storeBatch(
  client: Client,
  operation: IngestOperation,
  args: Parameters<typeof client.reply<IngestOperation>>[1],
): Promise<Pick<BatchOutcome, 'receipt' | 'refused' | 'replayed'>> {
  try {
    const { body, headers } = await client.reply(operation, args);
    return { receipt: body, refused: undefined, replayed: headers.get('idempotency-replayed') === 'true' };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { receipt: refusal.document as unknown as Receipt, refused: refusal, replayed: false };
  }
}

/** Returns the error if it is about the rows of a batch and has their outcomes. */
export const refusalOf = (error: unknown): TickStoreProblem | undefined =>
  error instanceof TickStoreProblem && (error.code === 'all_rejected' || error.code === 'atomic_rejected')
    ? error
    : undefined;
