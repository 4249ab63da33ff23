import { OUTCOMES, type Outcome, type Range } from '../contract/batches.ts';
import { toRanges } from '../ledger/id-ranges.ts';
import type { Validated } from './validate-records.ts';

/** The parts of a receipt that validation alone decides. */
export interface ReceiptParts {
  readonly accepted: Range[];
  readonly rejected: Range[];
  /** The receipt's members after `batchId` and `firstId`, as JSON text without the opening brace. */
  readonly body: string;
}

/** The receipt as it is if every accepted row is inserted. */
export function buildReceipt(validated: Validated): ReceiptParts {
  const { columns, received, rejected } = validated;
  const acceptedRanges = toRanges(columns.indexes.subarray(0, columns.length));
  const rejectedRanges = toRanges(rejected);
  const counts: Record<Outcome, number> = {
    inserted: columns.length,
    duplicates: 0,
    conflicts: 0,
    tombstoned: 0,
    rejected: rejected.length,
  };
  const ranges: Record<Outcome, Range[]> = {
    inserted: acceptedRanges,
    duplicates: [],
    conflicts: [],
    tombstoned: [],
    rejected: rejectedRanges,
  };
  const body = JSON.stringify({
    received,
    ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counts[outcome]])),
    outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, ranges[outcome]])),
    rejections: validated.rejections,
  }).slice(1);
  return { accepted: acceptedRanges, rejected: rejectedRanges, body };
}
