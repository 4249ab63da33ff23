import type { Range } from '../contract/batches.ts';
import { toRanges } from '../ledger/id-ranges.ts';
import type { ReceiptBody } from '../ledger/sql/receipt-text.ts';
import type { Validated } from './validate-records.ts';

/** The receipt as validation alone decides it. */
export interface PlannedReceipt {
  /** Ranges of the accepted input indexes. */
  readonly accepted: readonly Range[];
  /** As it is if every accepted row is inserted. */
  readonly body: ReceiptBody;
}

/** The receipt of a batch if every accepted row is inserted. */
export function buildReceipt({ columns, received, rejected, rejections }: Validated): PlannedReceipt {
  const accepted = toRanges(columns.indexes.subarray(0, columns.length));
  const body: ReceiptBody = {
    received,
    inserted: columns.length,
    duplicates: 0,
    conflicts: 0,
    tombstoned: 0,
    rejected: rejected.length,
    outcomes: { inserted: accepted, duplicates: [], conflicts: [], tombstoned: [], rejected: toRanges(rejected) },
    rejections: [...rejections],
  };
  return { accepted, body };
}
