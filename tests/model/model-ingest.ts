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
  readonly replace: boolean;
  readonly bars: string | null;
}

const OUTCOMES = ['inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected', 'replaced'] as const;
export type Outcome = (typeof OUTCOMES)[number];

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
export function predictIngest(
  model: StoreModel,
  { records, atomic, packet, replace, bars }: IngestModel,
): IngestPrediction {
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
    if (stored.length === 0) return 'inserted';
    const live = stored.find((row) => row.deletedBy === null);
    if (live === undefined) return replace ? 'replaced' : 'tombstoned';
    if (textOf(live) === values) return 'duplicates';
    return replace ? 'replaced' : 'conflicts';
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
export function receiptOf(outcomes: readonly Outcome[], replace: boolean): object {
  const named = OUTCOMES.filter((outcome) => replace || outcome !== 'replaced');
  const indexes = (of: Outcome) => outcomes.flatMap((outcome, index) => (outcome === of ? [index] : []));
  return {
    received: outcomes.length,
    ...Object.fromEntries(named.map((of) => [of, indexes(of).length])),
    outcomes: Object.fromEntries(named.map((of) => [of, toRanges(indexes(of))])),
  };
}

/** Stores what was inserted under the ids that the receipt gives, and what was replaced as the correction of that number. */
export function storeBatch(
  model: StoreModel,
  { records, packet, bars }: IngestModel,
  outcomes: readonly Outcome[],
  batch: { readonly batchId: number; readonly firstId: number; readonly operationId?: number | null },
): void {
  const stored: number[] = [];
  const replaced: ModelRow[] = [];
  for (const [index, { input }] of records.entries()) {
    const outcome = outcomes[index];
    if (outcome !== 'inserted' && outcome !== 'replaced') continue;
    const row = { ...keyOf(input, bars), ...valuesOf(input), isPacket: packet, deletedBy: null, changes: [] };
    const id = batch.firstId + index;
    if (outcome === 'replaced') {
      stored.push(id);
      replaced.push(replacedBy(model.stored(row)));
    }
    model.rows.push({ id, batchId: batch.batchId, ...row });
  }
  if (batch.operationId === undefined || batch.operationId === null) return;
  const idsOf = (isLive: boolean) => replaced.filter((row) => (row.deletedBy === null) === isLive).map(({ id }) => id);
  const changes = { deleted: idsOf(true), restored: stored, unchanged: idsOf(false), foundDeleted: [] };
  model.record({ id: batch.operationId, kind: 'correction', ...changes, text: undefined });
}

/** Of the revisions of a key the live one, else the one that was deleted last. */
function replacedBy(revisions: readonly ModelRow[]): ModelRow {
  const deletedAt = (row: ModelRow) => row.deletedBy ?? Number.POSITIVE_INFINITY;
  return revisions.reduce((last, row) => (deletedAt(row) > deletedAt(last) ? row : last));
}
