import type { RecordInput, Verdict } from './store-model.ts';

/** The steps of a history. References to stored things are left open: `pick` is resolved when the step runs. */

/** A position in a list whose length is not known yet. */
export type Pick = number;

/** Ticks and bars, or alert logs. */
export type Kind = 'ticks' | 'alerts';

export type Selection =
  | { readonly by: 'ids'; readonly picks: readonly Pick[]; readonly unknown: boolean; readonly asRanges: boolean }
  | { readonly by: 'batch' | 'operation'; readonly pick: Pick }
  | {
      readonly by: 'filter';
      readonly symbol: number;
      readonly first: number;
      readonly last: number;
      readonly bars: Bars;
    };

export type Bars = '1m' | '1h' | '1d' | null;
export type Format = 'json' | 'ndjson' | 'csv' | 'gzip';

/** A record, with its instrument as a number and the verdict that the contract requires. */
export interface RecordStep {
  readonly symbol: number;
  readonly input: Omit<RecordInput, 'symbol'>;
  readonly verdict: Verdict;
}

export interface IngestStep {
  readonly do: 'ingest';
  readonly of: Kind;
  readonly records: readonly RecordStep[];
  readonly atomic: boolean;
  readonly packet: boolean;
  readonly replace: boolean;
  readonly createInstruments: boolean;
  readonly bars: Bars;
  readonly format: Format;
  readonly key: number | null;
  /** Rows per statement. */
  readonly batchSize: number | null;
}

export interface ChangeStep {
  readonly do: 'deletion' | 'restoration';
  readonly of: Kind;
  readonly selection: Selection;
  readonly dryRun: boolean;
  /** Added to the right `expectedCount`; null for none. */
  readonly countOff: number | null;
  readonly key: number | null;
  readonly batchSize: number | null;
}

export interface ReadStep {
  readonly do: 'page' | 'latest' | 'bars' | 'coverage';
  readonly of: Kind;
  readonly symbol: number;
  readonly bars: Bars;
  readonly start: number | null;
  readonly end: number | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly includeDeleted: boolean;
  /** Whether values come as they are stored. */
  readonly stored: boolean;
  readonly asOf: Pick | null;
  readonly interval: '1m' | '1h' | '1d';
  /** Values that alert logs must have. */
  readonly filter: { readonly firedStatus: string | null; readonly deliveryStatus: string | null };
}

export interface InstrumentStep {
  readonly do: 'instrument';
  /** `PUT` resets what it does not name. */
  readonly method: 'PUT' | 'PATCH';
  readonly symbol: number;
  readonly status: 'active' | 'inactive' | null;
  readonly priceDecimals: number | null;
}

export type SingleStep = { readonly do: 'receipt' | 'operation' | 'row'; readonly of: Kind; readonly pick: Pick };

export type Step =
  | IngestStep
  | ChangeStep
  | ReadStep
  | InstrumentStep
  | SingleStep
  | { readonly do: 'replay'; readonly pick: Pick }
  /** Continues an earlier page by its cursor, whatever was written since. */
  | { readonly do: 'follow'; readonly pick: Pick; readonly limit: number }
  /** The retention of a key is over. */
  | { readonly do: 'expire'; readonly key: number }
  | { readonly do: 'search' };

/** Steps that run concurrently; usually one. */
export type Moment = readonly Step[];

/** The instants of a history: four in one minute, one in the next, one on another day. */
export const TIMES = [
  '2026-03-02T14:30:00.000000Z',
  '2026-03-02T14:30:00.000001Z',
  '2026-03-02T14:30:30.000000Z',
  '2026-03-02T14:30:59.999999Z',
  '2026-03-02T14:31:00.000000Z',
  '2026-04-01T00:00:00.000000Z',
] as const;

/** Instruments of a history that exist at its start. */
export const SYMBOLS = 2;
/** The instrument of packets: a feed numbers ticks, or packets. */
export const PACKETS = SYMBOLS;
/** An instrument that does not exist until a batch or a `PUT` creates it. */
export const CREATED = SYMBOLS + 1;
/** Rules of alert logs that a history has. */
export const RULES = 2;
