import type { Operation } from '../../../../functions/contract/operations.ts';
import { get, query, request } from './request.ts';

/** The collections that batches and operations belong to. */
export type Collection = 'market-data' | 'alert-logs';
export const COLLECTIONS: readonly (readonly [Collection, string])[] = [
  ['market-data', 'Market data'],
  ['alert-logs', 'Alert logs'],
];
export const readCollection = (params: URLSearchParams): Collection =>
  params.get('of') === 'alert-logs' ? 'alert-logs' : 'market-data';

export type ChangeKind = 'deletion' | 'restoration';

/** The rows of a change: exactly one of these, as the API accepts them. */
export type ChangeSelector =
  | { readonly batchId: number }
  | { readonly operationId: number }
  | { readonly ids: readonly (number | readonly [number, number])[] }
  | {
      readonly filter: {
        readonly symbol: string;
        readonly start: string;
        readonly end: string;
        readonly bars?: string;
      };
    };

/** A change, planned or made. A large one continues after the response: its status is `running` until it is done. */
export type ListedChange = Operation;

interface RequestedChange {
  readonly collection: Collection;
  readonly kind: ChangeKind;
  readonly selector: ChangeSelector;
}

const PATHS: Readonly<Record<ChangeKind, string>> = { deletion: 'deletions', restoration: 'restorations' };

/** The result that a change would have, without making it. */
export async function plan(
  { collection, kind, selector }: RequestedChange,
  signal?: AbortSignal,
): Promise<ListedChange> {
  const json = { ...selector, dryRun: true, reason: 'planned in the console' };
  const { value } = await request<ListedChange>(`/v1/${collection}/${PATHS[kind]}`, {
    json,
    ...(signal ? { signal } : {}),
  });
  return value as ListedChange;
}

/**
 * Makes a change. It fails with 409 where it would change another number of rows than was said before.
 * @param key names this attempt: pressing twice changes nothing more
 */
export async function make(
  { collection, kind, selector }: RequestedChange,
  { reason, expectedCount, key }: { reason: string; expectedCount: number; key: string },
): Promise<ListedChange> {
  const json = { ...selector, reason, expectedCount };
  const headers = { 'idempotency-key': key };
  const { value } = await request<ListedChange>(`/v1/${collection}/${PATHS[kind]}`, { json, headers });
  return value as ListedChange;
}

export const readOperation = (collection: Collection, id: number): Promise<ListedChange> =>
  get(`/v1/${collection}/operations/${id}`);

export const operationsUrl = (collection: Collection, cursor?: string | null): string =>
  `/v1/${collection}/operations${query({ limit: 50, cursor })}`;
