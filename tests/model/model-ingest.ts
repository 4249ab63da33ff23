import {
  type ModelKey,
  type ModelRow,
  type RecordInput,
  type StoreModel,
  toRanges,
  type Verdict,
} from './store-model.ts';

/** An ingest as the model sees it. */
export interface IngestModel {
  readonly records: readonly { readonly input: RecordInput; readonly verdict: Verdict }[];
  readonly atomic: boolean;
  readonly packet: boolean;
  readonly bars: string | null;
}

export type Outcome = 'inserted' | 'duplicates' | 'conflicts' | 'tombstoned' | 'rejected';
const OUTCOMES: readonly Outcome[] = ['inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected'];

/** What the contract says of an ingest, before its batch has a number. */
export interface IngestPrediction {
  readonly outcomes: readonly Outcome[];
  /** The codes of the rejected records, by index. */
  readonly codes: ReadonlyMap<number, string>;
  /** The code of a refused batch. */
  readonly refused: 'empty_batch' | 'all_rejected' | 'atomic_rejected' | undefined;
}

type Values = Pick<ModelRow, 'price' | 'volume' | 'bid'>;

const valuesOf = ({ price = null, volume = null, bid = null }: RecordInput): Values =>
  ({ price, volume, bid }) as Values;
/** A sequence is part of a tick's key, and neither key nor value of a bar. */
const textOf = ({ price, volume, bid }: Values): string => JSON.stringify([price, volume, bid]);

export const keyOf = ({ symbol, timestamp, sequence = null }: RecordInput, bars: string | null): ModelKey => ({
  symbol,
  timestamp: String(timestamp),
  sequence,
  bars,
});

/** One outcome for every record, in order. */
export function predictIngest(model: StoreModel, { records, atomic, packet, bars }: IngestModel): IngestPrediction {
  const codes = new Map<number, string>();
  const seen = new Map<string, number>();
  const outcomes = records.map(({ input, verdict }, index): Outcome => {
    if (verdict !== undefined) {
      codes.set(index, verdict);
      return 'rejected';
    }
    const key = keyOf(input, bars);
    if (bars === null && key.sequence === null) return 'inserted';
    const values = textOf(valuesOf(input));
    const stored = model.stored(key);
    if (packet) {
      const place = JSON.stringify([key, values]);
      const nth = seen.get(place) ?? 0;
      seen.set(place, nth + 1);
      const equal = stored.filter((row) => textOf(row) === values).sort((a, b) => a.id - b.id);
      const row = equal[nth];
      if (row === undefined) return 'inserted';
      return row.deletedBy === null ? 'duplicates' : 'tombstoned';
    }
    const place = JSON.stringify({ ...key, sequence: bars === null ? key.sequence : null });
    if (seen.has(place)) {
      codes.set(index, 'repeated_sequence');
      return 'rejected';
    }
    seen.set(place, 1);
    const [row] = stored;
    if (row === undefined) return 'inserted';
    if (row.deletedBy !== null) return 'tombstoned';
    return textOf(row) === values ? 'duplicates' : 'conflicts';
  });
  return { outcomes, codes, refused: refusalOf(outcomes, atomic) };
}

function refusalOf(outcomes: readonly Outcome[], atomic: boolean): IngestPrediction['refused'] {
  if (outcomes.length === 0) return 'empty_batch';
  if (outcomes.every((outcome) => outcome === 'rejected')) return 'all_rejected';
  const spoils = outcomes.some((outcome) => outcome === 'rejected' || outcome === 'conflicts');
  return atomic && spoils ? 'atomic_rejected' : undefined;
}

/** Counts and ranges as a receipt has them. */
export function receiptOf(outcomes: readonly Outcome[]): object {
  const indexes = (of: Outcome) => outcomes.flatMap((outcome, index) => (outcome === of ? [index] : []));
  return {
    received: outcomes.length,
    ...Object.fromEntries(OUTCOMES.map((of) => [of, indexes(of).length])),
    outcomes: Object.fromEntries(OUTCOMES.map((of) => [of, toRanges(indexes(of))])),
  };
}

/** Stores what was inserted under the ids that the receipt gives. */
export function storeBatch(
  model: StoreModel,
  { records, bars }: IngestModel,
  outcomes: readonly Outcome[],
  batch: { readonly batchId: number; readonly firstId: number },
): void {
  for (const [index, { input }] of records.entries()) {
    if (outcomes[index] !== 'inserted') continue;
    const row = { ...keyOf(input, bars), ...valuesOf(input), deletedBy: null, changes: [] };
    model.rows.push({ id: batch.firstId + index, batchId: batch.batchId, ...row });
  }
}
