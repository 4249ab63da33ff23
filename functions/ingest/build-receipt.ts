import type { Range } from '../contract/batches.ts';
import { toRanges } from '../ledger/id-ranges.ts';
import type { ReceiptBody } from '../ledger/sql/receipt-text.ts';
import type { Validated } from './validate-records.ts';

/** The receipt as far as validation alone determines it. */
export interface PlannedReceipt {
  /** Ranges of the accepted input indexes. */
  readonly accepted: readonly Range[];
  /** The body if every accepted row is inserted. */
  readonly body: ReceiptBody;
}

/**
 * Builds the receipt of a batch, assuming that every accepted row is inserted.
 * @param replacing whether rows of the batch may replace stored ones
 */
export function buildReceipt(
  { columns, received, rejected, rejections, truncated }: Validated,
  replacing: boolean,
): PlannedReceipt {
  const accepted = toRanges(columns.indexes.subarray(0, columns.length));
  const body: ReceiptBody = {
    received,
    inserted: columns.length,
    ...(replacing ? { replaced: 0 } : {}),
    duplicates: 0,
    conflicts: 0,
    tombstoned: 0,
    rejected: rejected.length,
    outcomes: {
      inserted: accepted,
      ...(replacing ? { replaced: [] } : {}),
      ...{ duplicates: [], conflicts: [], tombstoned: [], rejected: toRanges(rejected) },
    },
    rejections: [...rejections],
    ...(truncated === 0 ? {} : { truncated }),
    ...(replacing ? { operationId: null } : {}),
  };
  return { accepted, body };
}

/** Ranges of input indexes by outcome. `replaced` is present if the batch may replace rows. */
export type StoredOutcomes = Readonly<
  Record<'duplicates' | 'conflicts' | 'tombstoned', readonly Range[]> & { replaced?: readonly Range[] }
>;

/** The receipt of a refused atomic batch, some of whose rows are already stored. */
export function refusedBody({ accepted, body }: PlannedReceipt, stored: StoredOutcomes): ReceiptBody {
  const found = new Set<number>();
  for (const ranges of Object.values(stored))
    for (const [from, to] of ranges) for (let index = from; index <= to; index++) found.add(index);
  const inserted = toRanges(indexesIn(accepted).filter((index) => !found.has(index)));
  const ranges = {
    ...(stored.replaced === undefined ? {} : { replaced: [...stored.replaced] }),
    duplicates: [...stored.duplicates],
    conflicts: [...stored.conflicts],
    tombstoned: [...stored.tombstoned],
  };
  return {
    ...body,
    inserted: sizeOf(inserted),
    ...(ranges.replaced === undefined ? {} : { replaced: sizeOf(ranges.replaced) }),
    duplicates: sizeOf(ranges.duplicates),
    conflicts: sizeOf(ranges.conflicts),
    tombstoned: sizeOf(ranges.tombstoned),
    outcomes: { ...body.outcomes, inserted, ...(ranges as Pick<ReceiptBody['outcomes'], keyof typeof ranges>) },
  };
}

const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

const indexesIn = (ranges: readonly Range[]): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
