import { randomUUID } from 'node:crypto';
import type { Database } from '../../functions/database/database.ts';
import { findOperationByKey, type StoredOperation } from '../../functions/operations/sql/apply-operation.ts';
import { insertLargeOperation, type LargeSelector } from '../../functions/operations/sql/large-operations.ts';
import type { OperationTable, RequestedKind } from '../../functions/operations/sql/operation-table.ts';

export interface LargeOperationOptions {
  readonly kind?: RequestedKind;
  readonly table?: OperationTable;
  readonly expectedCount?: number;
}

const EVER = { from: '1970-01-01', to: '2100-01-01' };

/** Starts an operation in steps whatever its size, and takes no step: a run of the schedule then continues it. Returns its id. */
export async function startInSteps(
  database: Database,
  selector: LargeSelector,
  { kind = 'deletion', table = 'market_data', expectedCount }: LargeOperationOptions = {},
): Promise<number> {
  const operation = {
    ...{ actor: 'local', keyScope: 'local', idempotencyKey: randomUUID(), payloadHash: new Uint8Array() },
    ...{ invocationId: randomUUID(), kind, table, selector: JSON.stringify(selector), reason: 'test' },
    ...{ expectedCount: expectedCount ?? null, reach: 'filter' in selector ? reachOf(selector.filter) : EVER },
  };
  const statements = [insertLargeOperation(operation), findOperationByKey(operation)];
  const options = { deadline: Date.now() + 20_000, idempotent: true };
  const stored = (await database.transaction(statements, options)).at(-1)?.[0] as StoredOperation;
  return stored.id;
}

const reachOf = ({ start, end }: { start: string; end: string }) => ({ from: start, to: end });
