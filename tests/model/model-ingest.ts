import {
  type HistoryModel,
  type ModelKey,
  type ModelRow,
  type RecordInput,
  toRanges,
  type Values,
  type Verdict,
} from './store-model.ts';

/** An ingest as the model sees it. */
export interface IngestModel {
  readonly of: keyof typeof FIELDS;
  readonly records: readonly { readonly input: RecordInput; readonly verdict: Verdict }[];
  readonly atomic: boolean;
  readonly packet: boolean;
  readonly replace: boolean;
  readonly bars: string | null;
  /** Whether it creates instruments that do not exist. */
  readonly created: boolean;
}

const OUTCOMES = ['inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected', 'replaced'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the contract predicts for an ingest, before its batch has a number. */
export interface IngestPrediction {
  readonly outcomes: readonly Outcome[];
  /** The codes of the rejected records, by index. */
  readonly codes: ReadonlyMap<number, string>;
  /** The code of a refused batch. */
  readonly refused: 'empty_batch' | 'all_rejected' | 'atomic_rejected' | undefined;
}

/** The fields that histories use. */
export const FIELDS = {
  ticks: ['price', 'volume', 'bid'],
  alerts: ['ruleId', 'triggerValue', 'thresholdValue', 'firedStatus', 'deliveryStatus'],
} as const;

const valuesOf = (input: RecordInput, of: keyof typeof FIELDS): Values =>
  Object.fromEntries(FIELDS[of].map((name) => [name, input[name] ?? (name === 'deliveryStatus' ? 'pending' : null)]));
/** A sequence is part of a tick's key, and neither key nor value of a bar. */
const textOf = (values: Values): string => JSON.stringify(FIELDS.ticks.map((name) => values[name]));

/** The contract's verdict on a single record: on its own values, then on its instrument. */
function verdictOf(model: HistoryModel, { of, created }: IngestModel, input: RecordInput, verdict: Verdict): Verdict {
  const instrument = model.instruments.get(input.symbol);
  if (instrument === undefined ? !created : instrument.status !== 'active') return 'any';
  if (verdict !== undefined || of === 'alerts') return verdict;
  return FIELDS.ticks.every((name) => (input[name] ?? null) === null) ? 'empty_record' : undefined;
}

export const keyOf = ({ symbol, timestamp, sequence = null }: RecordInput, bars: string | null): ModelKey => ({
  symbol,
  timestamp: String(timestamp),
  sequence,
  bars,
});

/** One outcome for every record, in order. */
export function predictIngest(model: HistoryModel, ingest: IngestModel): IngestPrediction {
  const { of, records, atomic, packet, replace, bars } = ingest;
  const codes = new Map<number, string>();
  const seen = new Map<string, number>();
  const outcomes = records.map(({ input, verdict: own }, index): Outcome => {
    const verdict = verdictOf(model, ingest, input, own);
    if (verdict !== undefined) {
      codes.set(index, verdict);
      return 'rejected';
    }
    const key = keyOf(input, bars);
    if (bars === null && key.sequence === null) return 'inserted';
    const values = textOf(valuesOf(input, of));
    const stored = model[of].stored(key);
    if (packet) {
      const place = JSON.stringify([key, values]);
      const nth = seen.get(place) ?? 0;
      seen.set(place, nth + 1);
      const equal = stored.filter((row) => textOf(row.values) === values).sort((a, b) => a.id - b.id);
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
    if (textOf(live.values) === values) return 'duplicates';
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

/** Stores inserted rows under the ids of the receipt, and replaced rows as the correction with that number. */
export function storeBatch(
  model: HistoryModel,
  { of, records, packet, bars }: IngestModel,
  outcomes: readonly Outcome[],
  batch: { readonly batchId: number; readonly firstId: number; readonly operationId?: number | null },
): void {
  const store = model[of];
  const stored: number[] = [];
  const replaced: ModelRow[] = [];
  for (const [index, { input }] of records.entries()) {
    const outcome = outcomes[index];
    // an instrument created by a batch is active, with four decimals
    if (outcome !== 'rejected' && !model.instruments.has(input.symbol))
      model.instruments.set(input.symbol, { status: 'active', priceDecimals: 4 });
    if (outcome !== 'inserted' && outcome !== 'replaced') continue;
    const row = { ...keyOf(input, bars), values: valuesOf(input, of), isPacket: packet, deletedBy: null, changes: [] };
    const id = batch.firstId + index;
    if (outcome === 'replaced') {
      stored.push(id);
      replaced.push(replacedBy(store.stored(row)));
    }
    store.rows.push({ id, batchId: batch.batchId, ...row });
  }
  if (batch.operationId === undefined || batch.operationId === null) return;
  const idsOf = (isLive: boolean) => replaced.filter((row) => (row.deletedBy === null) === isLive).map(({ id }) => id);
  const changes = { deleted: idsOf(true), restored: stored, unchanged: idsOf(false), foundDeleted: [] };
  store.record({ id: batch.operationId, kind: 'correction', ...changes, text: undefined });
}

/** The live revision of a key, or else the one that was deleted last. */
function replacedBy(revisions: readonly ModelRow[]): ModelRow {
  const deletedAt = (row: ModelRow) => row.deletedBy ?? Number.POSITIVE_INFINITY;
  return revisions.reduce((last, row) => (deletedAt(row) > deletedAt(last) ? row : last));
}
