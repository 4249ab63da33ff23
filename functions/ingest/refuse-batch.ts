import type { Rejection } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import { insertRefusedBatch, type RefusedBatch } from '../ledger/sql/batch-ledger.ts';
import type { ReceiptBody } from '../ledger/sql/receipt-text.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';

/** Why a whole batch was refused. */
export type RefusalCode = 'all_rejected' | 'atomic_rejected';

/** Thrown where nothing of a batch is stored; becomes a 422 with a receipt's counts, outcomes and rejections. */
export class BatchRefusal extends Error {
  override readonly name = 'BatchRefusal';
  readonly code: RefusalCode;
  readonly body: ReceiptBody;

  constructor(code: RefusalCode, body: ReceiptBody) {
    super(`the batch is refused: ${code}`);
    this.code = code;
    this.body = body;
  }
}

/**
 * Leaves a trace of a refused batch in the ledger, without a row and without taking the key, and returns the problem to respond
 * with. Where the database cannot take the trace, the refusal stands without it: bad input never becomes a 5xx.
 */
export async function recordRefusal(
  database: Database,
  { code, body }: BatchRefusal,
  entry: Omit<RefusedBatch, 'body' | 'code'>,
  { options, logger }: { readonly options: CallOptions; readonly logger: Logger },
): Promise<Problem> {
  let batchId: number | undefined;
  try {
    const [row] = await database.run<{ block: number }>(insertRefusedBatch({ ...entry, body, code }), options);
    batchId = row?.block;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    logger.warn('a refused batch left no trace', { error: describeError(error) });
  }
  const errors = body.rejections.map(({ index, path, code: reason, message }) => ({
    path: path === '' ? `records[${index}]` : `records[${index}].${path}`,
    code: reason,
    message,
  }));
  return new Problem(code, detailOf(code, body), {
    errors,
    members: batchId === undefined ? body : { batchId, ...body },
  });
}

function detailOf(code: RefusalCode, { rejections, received, rejected }: ReceiptBody): string {
  if (code === 'atomic_rejected') return 'nothing was written; `inserted` counts the records that would have been';
  const [commonest, ...others] = kindsOf(rejections);
  const often = others.length === 0 ? 'because' : 'most often because';
  const reason = commonest === undefined ? '' : `, ${often} ${commonest.first.message}`;
  return `nothing was written: ${rejected} of ${received} records were rejected${reason}`;
}

/** The kinds of the listed rejections, the commonest first, each with its first one. */
function kindsOf(rejections: readonly Rejection[]): { readonly first: Rejection; readonly count: number }[] {
  const counts = new Map<string, { first: Rejection; count: number }>();
  for (const rejection of rejections) {
    const kind = `${rejection.code} ${rejection.path}`;
    const seen = counts.get(kind);
    if (seen) seen.count++;
    else counts.set(kind, { first: rejection, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
