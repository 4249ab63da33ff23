import type { Receipt } from '../../../../../functions/contract/batches.ts';
import { ApiError, query, request } from '../../api/request.ts';
import { cutFile, type DroppedFilePart } from './cut-file.ts';
import { type OpenedFile, textOf } from './open-file.ts';
import type { FileRejection } from './rejected-rows.ts';

/** How a file is sent: the API's own query parameters. */
export type IngestParameters = Readonly<Record<string, string | undefined>>;

/** The result for a file so far. */
export interface DroppedFileProgress {
  readonly bytes: number;
  readonly received: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly tombstoned: number;
  readonly replaced: number;
  readonly rejected: number;
  /** Parts that an earlier import had already stored. */
  readonly replayed: number;
  readonly batchIds: readonly number[];
  readonly rejections: readonly FileRejection[];
}

export const NOTHING_SENT: DroppedFileProgress = {
  ...{ bytes: 0, received: 0, inserted: 0, duplicates: 0, conflicts: 0, tombstoned: 0, replaced: 0, rejected: 0 },
  ...{ replayed: 0, batchIds: [], rejections: [] },
};

const ROWS_PER_PART = 10_000;
const CHARACTERS_PER_PART = 3_500_000;
const IN_FLIGHT = 2;
const TRIES = 8;
const KEPT_REJECTIONS = 100_000;
const COUNTS = ['received', 'inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected'] as const;

/**
 * Sends a file in parts, each a batch with a key made of its content, so that a file that is dropped again, or whose import
 * was interrupted, stores nothing twice.
 * @throws ApiError for whatever is not about single rows; what was stored before stays
 */
export async function sendFile(
  opened: OpenedFile,
  parameters: IngestParameters,
  onProgress: (progress: DroppedFileProgress) => void,
  signal: AbortSignal,
): Promise<DroppedFileProgress> {
  let progress = NOTHING_SENT;
  const report = (change: Partial<DroppedFileProgress>) => {
    progress = { ...progress, ...change };
    onProgress(progress);
  };
  const isCsv = opened.kind === 'csv';
  const parts = cutFile(
    textOf(opened, (bytes) => report({ bytes })),
    {
      skipLines: isCsv ? Number(parameters['skipLines'] ?? 0) : 0,
      hasHeader: isCsv && parameters['header'] !== 'false',
      comment: isCsv ? parameters['comment'] : undefined,
      quote: isCsv ? (parameters['quote'] ?? '"') : undefined,
      rowsPerPart: ROWS_PER_PART,
      charactersPerPart: CHARACTERS_PER_PART,
    },
  );
  const path = `/v1/market-data${query(parameters)}`;
  const underWay: Promise<void>[] = [];
  for await (const part of parts) {
    signal.throwIfAborted();
    const sent = sendPart(path, isCsv ? 'text/csv' : 'application/x-ndjson', part, signal).then((outcome) =>
      report(added(progress, part, outcome)),
    );
    // awaited below, where its error is thrown; until then it must not count as unhandled
    sent.catch(() => undefined);
    underWay.push(sent);
    if (underWay.length >= IN_FLIGHT) await underWay.shift();
  }
  for (const sent of underWay) await sent;
  report({ bytes: opened.file.size });
  return progress;
}

interface SentPart {
  readonly receipt: Receipt;
  readonly isReplay: boolean;
}

async function sendPart(path: string, type: string, part: DroppedFilePart, signal: AbortSignal): Promise<SentPart> {
  const key = `console-${await digest(`${path}\n${part.text}`)}`;
  const body = await gzip(part.text);
  const headers = { 'content-type': type, 'content-encoding': 'gzip', 'idempotency-key': key };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { value, headers: responseHeaders } = await request<Receipt>(path, { body, headers, signal });
      return { receipt: value as Receipt, isReplay: responseHeaders.get('idempotency-replayed') === 'true' };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // every row was refused: an outcome like others
      if (error.problem.code === 'all_rejected')
        return { receipt: error.problem as unknown as Receipt, isReplay: false };
      const isRetryable =
        [0, 429, 502, 503, 504].includes(error.status) || error.problem.code === 'request_in_progress';
      if (!isRetryable || attempt >= TRIES) throw error;
      await pause(
        error.retryAfter === undefined ? 500 * 2 ** attempt * (0.5 + Math.random()) : error.retryAfter * 1000,
        signal,
      );
    }
  }
}

function added(
  before: DroppedFileProgress,
  part: DroppedFilePart,
  { receipt, isReplay }: SentPart,
): DroppedFileProgress {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, before[name] + receipt[name]]));
  const replaced = before.replaced + ((receipt as { replaced?: number }).replaced ?? 0);
  return {
    ...before,
    ...(counts as Pick<DroppedFileProgress, (typeof COUNTS)[number]>),
    replaced,
    replayed: before.replayed + (isReplay ? 1 : 0),
    batchIds: receipt.batchId ? [...before.batchIds, receipt.batchId] : before.batchIds,
    rejections: [...before.rejections, ...rejectionsOf(part, receipt)]
      .sort((a, b) => a.line - b.line)
      .slice(0, KEPT_REJECTIONS),
  };
}

/** The receipt lists a thousand rejections; its ranges have them all. */
function rejectionsOf(part: DroppedFilePart, receipt: Receipt): FileRejection[] {
  const known = new Map(receipt.rejections.map((rejection) => [rejection.index, rejection]));
  const none = { path: '', code: '', message: 'see the first rejections of this batch for the reason' };
  return receipt.outcomes.rejected.flatMap(([from, to]) =>
    Array.from({ length: (to as number) - (from as number) + 1 }, (_, offset) => {
      const index = (from as number) + offset;
      const row = part.rows[index];
      const { path, code, message } = known.get(index) ?? none;
      return { index, line: row?.line ?? 0, path, code, message, text: row?.text ?? '' };
    }),
  );
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(hash).slice(0, 20)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const gzip = (text: string): Promise<ArrayBuffer> =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
