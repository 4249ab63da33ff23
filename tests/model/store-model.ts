/**
 * An in-memory model of the store, and of the effect of each request. It is written from the contract and not from the
 * code, so the two can disagree.
 */

/** A record as it is sent: the fields that histories use. */
export type RecordInput = Readonly<Record<string, unknown>> & {
  readonly symbol: string;
  readonly timestamp: string | number;
  readonly sequence?: number | null;
};

/** Why the contract rejects a record; undefined if it accepts the record. */
export type Verdict = string | undefined;

/** The values of a tick, a bar or an alert log by the names of their fields. */
export type Values = Readonly<Record<string, unknown>>;

export interface ModelRow {
  readonly id: number;
  readonly batchId: number;
  readonly symbol: string;
  readonly timestamp: string;
  readonly sequence: number | null;
  /** The length of a bar; null for a tick and for an alert log. */
  readonly bars: string | null;
  readonly values: Values;
  /** Whether its sequence is that of a packet. */
  readonly isPacket: boolean;
  /** The operation that deleted it, while it is deleted. */
  deletedBy: number | null;
  /** Every operation that changed it, in the order in which they took effect. */
  readonly changes: { readonly operationId: number; readonly deletedBy: number | null }[];
}

export interface ModelOperation {
  readonly id: number;
  readonly kind: 'deletion' | 'restoration' | 'correction';
  /** Ids that it deleted, and ids that it made live. */
  readonly deleted: readonly number[];
  readonly restored: readonly number[];
  /** Ids that were already in the requested state. */
  readonly unchanged: readonly number[];
  /** Ids that it was to delete and found already deleted. */
  readonly foundDeleted: readonly number[];
  /** Its response; undefined for a correction, whose response is the receipt of its batch. */
  readonly text: string | undefined;
}

export interface ModelBatch {
  readonly id: number;
  /** Its receipt. */
  readonly text: string;
  /** Whether its receipt has expired, so that only counts and bounds remain. */
  readonly isExpired: boolean;
}

/** What has taken a key. */
export interface TakenKey {
  readonly payload: string;
  readonly text: string;
}

/** An instrument, as far as histories change it. */
export interface ModelInstrument {
  readonly status: 'active' | 'inactive';
  readonly priceDecimals: number;
}

/** The rows of one kind of record, ticks and bars or alert logs, with the batches and operations that made them so. */
export class StoreModel {
  readonly rows: ModelRow[];
  readonly batches: ModelBatch[];
  readonly operations: ModelOperation[];

  constructor(from?: StoreModel) {
    this.rows = from === undefined ? [] : from.rows.map((row) => ({ ...row, changes: [...row.changes] }));
    this.batches = [...(from?.batches ?? [])];
    this.operations = [...(from?.operations ?? [])];
  }

  /** Stored rows with a key, including deleted ones, in the order of their ids. */
  stored(record: ModelKey): ModelRow[] {
    return this.rows.filter((row) => isSameKey(row, record));
  }

  /** Deletes rows and makes rows live, as the operation with this number. */
  record(operation: ModelOperation): void {
    const change = (ids: readonly number[], deletedBy: number | null) => {
      for (const row of this.rows) {
        if (!ids.includes(row.id)) continue;
        row.deletedBy = deletedBy;
        row.changes.push({ operationId: operation.id, deletedBy });
      }
    };
    change(operation.deleted, operation.id);
    change(operation.restored, null);
    this.operations.push(operation);
  }

  find(id: number): ModelRow | undefined {
    return this.rows.find((row) => row.id === id);
  }

  /** The rows as of a number: the effect of batches and operations up to it. */
  asOf(number: number): ModelRow[] {
    return this.rows
      .filter((row) => row.batchId <= number)
      .map((row) => {
        const last = row.changes.filter((change) => change.operationId <= number).at(-1);
        return { ...row, deletedBy: last?.deletedBy ?? null };
      });
  }
}

/** Everything that a history can change. */
export class HistoryModel {
  readonly ticks: StoreModel;
  readonly alerts: StoreModel;
  readonly keys: Map<string, TakenKey>;
  readonly instruments: Map<string, ModelInstrument>;

  constructor(from?: HistoryModel) {
    this.ticks = new StoreModel(from?.ticks);
    this.alerts = new StoreModel(from?.alerts);
    this.keys = new Map(from?.keys);
    this.instruments = new Map(from?.instruments);
  }

  /** Expires a key: it is free again, and the receipt of its batch loses its details. */
  expire(key: string): void {
    const taken = this.keys.get(key);
    this.keys.delete(key);
    for (const { batches } of [this.ticks, this.alerts]) {
      const at = batches.findIndex(({ text }) => text === taken?.text);
      if (at >= 0) batches[at] = { ...(batches[at] as ModelBatch), isExpired: true };
    }
  }
}

/** What makes a row unique. */
export type ModelKey = Pick<ModelRow, 'symbol' | 'timestamp' | 'sequence' | 'bars'>;

/** Whether two rows are revisions of one key. Rows without a key have none. */
export const isSameKey = (a: ModelKey, b: ModelKey): boolean =>
  (a.bars !== null || a.sequence !== null) &&
  a.symbol === b.symbol &&
  a.timestamp === b.timestamp &&
  a.bars === b.bars &&
  (a.bars !== null || a.sequence === b.sequence);

/** Microseconds are kept, and the text of a time sorts as the time does. */
export const timeText = (timestamp: string): string =>
  timestamp.replace('Z', '.000000Z').replace(/(\.\d{6})\.0+Z/, '$1Z');

/** The contract's order: timestamp, sequence with nulls first, id. */
export function inOrder(a: ModelRow, b: ModelRow): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return (a.sequence ?? -1) - (b.sequence ?? -1) || a.id - b.id;
}

/** `[1,2,3,7]` as `[[1,3],[7,7]]`. */
export function toRanges(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}
