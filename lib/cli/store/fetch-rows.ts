import type { Client } from '../../client/index.ts';
import { usageError } from '../terminal/cli-error.ts';

export type FetchedRow = Readonly<Record<string, unknown>>;

/** The response to a GET, as rows and as received. */
export interface FetchedRows {
  readonly rows: readonly FetchedRow[];
  readonly document: unknown;
  /** Whether the list has more rows. */
  readonly hasMore: boolean;
}

/** The largest number of rows per page, for any list. */
const PAGE_ROWS = 1000;

/**
 * Reads a list up to a limit, page by page, or a single object as one row. A list by key, such as the newest ticks, has
 * one row per key, even if there is no value.
 */
export async function fetchRows(
  client: Client,
  path: string,
  query: Readonly<Record<string, unknown>>,
  limit: number | undefined,
): Promise<FetchedRows> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw usageError('--limit must be a positive integer');
  const isOne = /\/\d+$|^\/v1\/instruments\/./.test(path);
  const data: unknown[] = [];
  for (let cursor: unknown; ; ) {
    const page = limit === undefined || isOne ? {} : { limit: Math.min(PAGE_ROWS, limit - data.length), cursor };
    const { body } = await client.request('GET', path, { query: { ...query, ...page } });
    const document = body as { data?: unknown; nextCursor?: unknown };
    if (!Array.isArray(document.data)) return { rows: rowsOf(document), document, hasMore: false };
    data.push(...document.data);
    cursor = document.nextCursor ?? undefined;
    const isDone = cursor === undefined || limit === undefined || data.length >= limit;
    if (isDone) return { rows: data as FetchedRow[], document: { ...document, data }, hasMore: cursor !== undefined };
  }
}

/** Converts a document that is not a page to rows: a single object, or one row per key. */
export function rowsOf(document: { data?: unknown }): FetchedRow[] {
  if (document.data === undefined) return [document as FetchedRow];
  return Object.entries(document.data as Record<string, FetchedRow | null>).map(([symbol, row]) => row ?? { symbol });
}
