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

/** Thrown to refuse a whole batch. Becomes a 422 with the counts, outcomes and rejections of a receipt. */
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
 * Records a refused batch in the ledger, without storing rows or taking the key, and returns the problem to respond
 * with. If the database cannot record it, the refusal stands without the record, because bad input never becomes a 5xx.
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

/** Groups the listed rejections by kind, the most common first, each with its first rejection. */
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
