import type { Operation } from '../../contract/operations.ts';

/**
 * The JSON text of an operation, which a replay returns byte for byte. Only this file knows its form. SQL writes it in
 * the operation's own transaction, and code writes it for a dry run. Both have the same members in the same order.
 */

/** SQL expressions for the parts of an operation. */
export interface OperationExpressions {
  /** Integers. */
  readonly id: string;
  readonly requested: string;
  readonly affected: string;
  readonly unchanged: string;
  readonly notFound: string;
  /** Texts. */
  readonly kind: string;
  readonly reason: string;
  readonly actor: string;
  /** A timestamptz. */
  readonly at: string;
  /** JSON text that follows the counts and begins with a comma: `idsSql` or `progressSql`, then `alsoDeletedBySql`. */
  readonly rest: string;
}

/** The text in SQL. */
export const operationSql = (of: OperationExpressions): string =>
  [
    `'{"operationId":' || ${of.id} || ',"kind":' || to_json(${of.kind}) || ',"reason":' || to_json(${of.reason})`,
    `',"actor":' || to_json(${of.actor}) || ',"at":' || ${timeSql(of.at)} || ',"dryRun":false'`,
    `',"requested":' || ${of.requested} || ',"affected":' || ${of.affected}`,
    `',"unchanged":' || ${of.unchanged} || ',"notFound":' || ${of.notFound}`,
    `${of.rest} || '}'`,
  ].join('\n         || ');

/** The ids of an operation of one transaction, from multiranges. */
export const idsSql = (ids: Readonly<Record<'affected' | 'unchanged' | 'notFound', string>>): string =>
  [
    `',"ids":{"affected":' || tick_store.ranges_json(${ids.affected})`,
    `',"unchanged":' || tick_store.ranges_json(${ids.unchanged})`,
    `',"notFound":' || tick_store.ranges_json(${ids.notFound}) || '}'`,
  ].join('\n         || ');

/** The later deletions that an undo names, from bigint[]; empty if that is null. */
export const alsoDeletedBySql = (ids: string): string => `coalesce(',"alsoDeletedBy":' || to_json(${ids})::text, '')`;

/** SQL expressions for the progress of an operation in steps. */
export interface ProgressExpressions {
  /** A text. */
  readonly status: string;
  readonly rowsDone: string;
  /** Null while the rows are counted. */
  readonly rowsToDo: string;
  /** Null unless it has ended. */
  readonly finishedAt: string;
  /** Null unless it has failed. */
  readonly failure: string;
}

/** The progress of an operation in steps. */
export const progressSql = (of: ProgressExpressions): string =>
  [
    `',"status":' || to_json(${of.status}) || ',"rowsDone":' || ${of.rowsDone} || ',"rowsToDo":' || coalesce((${of.rowsToDo})::text, 'null')`,
    `',"finishedAt":' || coalesce(${timeSql(of.finishedAt)}, 'null')`,
    `',"failure":' || coalesce(to_json(${of.failure})::text, 'null')`,
  ].join('\n         || ');

const timeSql = (at: string) => `to_json(to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text`;

/** The text of a dry run. */
export function dryRunText({
  kind,
  reason,
  actor,
  at,
  alsoDeletedBy,
  ...counts
}: Omit<Operation, 'operationId' | 'dryRun'>): string {
  const { requested, affected, unchanged, notFound, ids } = counts;
  return JSON.stringify({
    ...{ operationId: null, kind, reason, actor, at, dryRun: true },
    ...{ requested, affected, unchanged, notFound, ids },
    ...(alsoDeletedBy === undefined ? {} : { alsoDeletedBy }),
  } satisfies Operation);
}
