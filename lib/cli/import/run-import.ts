import type { FilePart } from './cut-parts.ts';
import type { PlannedSource } from './plan-import.ts';
import { readParts } from './read-parts.ts';
import type { RejectedFile } from './rejected-file.ts';
import { type PartOutcome, type SendOptions, sendPart } from './send-part.ts';

export interface ImportOptions extends SendOptions {
  /** The number of parts sent concurrently. */
  readonly workers: number;
  readonly rejected: RejectedFile;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Called when the store has responded to a part and no retry follows. */
  readonly onStored: () => void;
}

/** The progress of an import. */
export interface ImportProgress {
  /** Bytes read of the files, as they are on disk. */
  readonly bytesRead: number;
  readonly rowsSent: number;
}

/** The result of an import. Counts are rows unless stated otherwise. */
export interface ImportSummary {
  received: number;
  inserted: number;
  duplicates: number;
  conflicts: number;
  tombstoned: number;
  replaced: number;
  rejected: number;
  parts: number;
  /** Parts that an earlier run had already stored. */
  replayedParts: number;
  /** Parts that were refused as a whole. */
  refusedParts: { file: string; firstLine: number; lines: number; reason: string }[];
  /** The batches that this run stored or found stored, ascending. */
  batchIds: number[];
}

/**
 * Sends sources part by part, and counts the outcomes of their rows. It may be interrupted and run again at any time.
 * @throws the first error that ends it, once no request is in progress
 */
export async function runImport(sources: readonly PlannedSource[], options: ImportOptions): Promise<ImportSummary> {
  const summary = emptySummary();
  const underWay = new Set<Promise<void>>();
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const packets = options.query['sequenceOf'] === 'packet';
  let bytesBefore = 0;
  try {
    for (const planned of sources) {
      const { parts, position } = await readParts(planned, packets);
      for await (const part of readAhead(parts)) {
        signal.throwIfAborted();
        const sent = sendPart(planned, part, { ...options, signal })
          .then((outcome) => {
            options.onStored();
            count(summary, planned, part, outcome, options.rejected);
            options.onProgress({ bytesRead: bytesBefore + position(), rowsSent: summary.received });
          })
          .catch((error: unknown) => failure.abort(error))
          .finally(() => underWay.delete(sent));
        underWay.add(sent);
        if (underWay.size >= options.workers) await Promise.race(underWay);
      }
      bytesBefore += planned.source.bytes;
    }
  } finally {
    await Promise.all(underWay);
    summary.batchIds.sort((a, b) => a - b);
    options.rejected.close();
  }
  signal.throwIfAborted();
  options.onProgress({ bytesRead: bytesBefore, rowsSent: summary.received });
  return summary;
}

/** Reads the next part while the previous one is sent, so that a free worker finds it ready. */
async function* readAhead<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
  const reading = parts[Symbol.asyncIterator]();
  let next = reading.next();
  // if it fails, the error is thrown where it is awaited
  next.catch(() => undefined);
  for (let now = await next; !now.done; now = await next) {
    next = reading.next();
    next.catch(() => undefined);
    yield now.value;
  }
}

const emptySummary = (): ImportSummary => ({
  ...{ received: 0, inserted: 0, duplicates: 0, conflicts: 0, tombstoned: 0, replaced: 0, rejected: 0 },
  ...{ parts: 0, replayedParts: 0, refusedParts: [], batchIds: [] },
});

function count(
  summary: ImportSummary,
  { source }: PlannedSource,
  part: FilePart,
  outcome: PartOutcome,
  rejected: RejectedFile,
) {
  summary.parts += 1;
  if (outcome.kind === 'refused') {
    const reason = outcome.problem.message;
    summary.refusedParts.push({ file: source.name, firstLine: part.firstLine, lines: part.lines, reason });
    rejected.addPart(source.name, part, outcome.problem.code, reason);
    return;
  }
  const { receipt, replayed } = outcome;
  for (const name of ['received', 'inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected'] as const)
    summary[name] += receipt[name];
  summary.replaced += (receipt as { replaced?: number }).replaced ?? 0;
  if (replayed) summary.replayedParts += 1;
  if (typeof receipt.batchId === 'number') summary.batchIds.push(receipt.batchId);
  rejected.add(source.name, part, receipt);
}
