/** Types of queries, by the original's names. */
export const QUERY_TYPES = ['BULK_INSERT', 'SELECT', 'SELECT_LATEST', 'SOFT_DELETE', 'RESTORE'] as const;
/** One of `QUERY_TYPES`. */
export type QueryType = (typeof QUERY_TYPES)[number];

/** A statement's type by its name. Bookkeeping (ledger, partitions, references) has none. */
export function queryTypeOf(statement: string): QueryType | undefined {
  if (statement === 'copy' || /^(insert-new|insert|store)-(ticks|bars|packets|alert-logs)$/.test(statement))
    return 'BULK_INSERT';
  if (statement.startsWith('latest-')) return 'SELECT_LATEST';
  if (/^delete-(step-)?by-/.test(statement)) return 'SOFT_DELETE';
  if (/^restore-(step-)?by-/.test(statement)) return 'RESTORE';
  if (/^(select-bars|list-ticks-as-of)$/.test(statement)) return 'SELECT';
  if (/^(list|find)-(tick|ticks|alert-log|alert-logs)$/.test(statement)) return 'SELECT';
  return undefined;
}
