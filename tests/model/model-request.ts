import type { Verify } from './check-replies.ts';
import type { Kind } from './commands.ts';
import type { ReadModel } from './model-reads.ts';
import type { ModelRow } from './store-model.ts';

/** The request of a step, and how its reply is compared with the model. */
export interface ModelRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly query: Record<string, string | number | boolean>;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | object | undefined;
  /** Compares the reply, and applies to the model what was done. Throws `Difference`. */
  readonly verify: Verify;
}

/** The names that a history uses. */
export interface HistoryNames {
  /** What all its symbols begin with. */
  readonly prefix: string;
  readonly symbols: readonly string[];
  readonly keys: readonly string[];
  /** Ids of rules. */
  readonly rules: readonly number[];
}

/** A page that has a next one. */
export interface OpenPage {
  readonly request: ModelRequest;
  readonly read: ReadModel;
  readonly cursor: string;
  readonly last: ModelRow;
}

/** What a history has done before. */
export interface Earlier {
  readonly sent: readonly ModelRequest[];
  readonly pages: OpenPage[];
}

/** The item of a list that a pick selects; undefined for an empty list. */
export const at = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(list.length, 1)];

/** Where each kind of record is. */
export const PATHS: Readonly<Record<Kind, string>> = { ticks: '/v1/market-data', alerts: '/v1/alert-logs' };

/** The header of a history's key. */
export const keyHeader = (key: number | null, names: HistoryNames): Record<string, string> =>
  key === null ? {} : { 'idempotency-key': names.keys[key] as string };
