import { randomUUID } from 'node:crypto';
import { withClient } from '@tick-store/local-cloud';
import { insertLargeOperation } from '../../functions/operations/sql/large-operations.ts';

/** A period without any rows. */
const NEVER = { start: '1970-01-01T00:00:00.000000Z', end: '1970-01-01T00:00:00.000001Z' };

/**
 * Starts an operation like a request with too many rows for one transaction, but runs no step of it. It has no rows, so
 * its first run finishes it. It stays in the history, which nobody can delete.
 */
export async function startOperationOfNoRows(ownerUrl: string): Promise<void> {
  const { text, values } = insertLargeOperation({
    ...{ actor: 'drill', keyScope: 'drill', idempotencyKey: randomUUID(), payloadHash: new Uint8Array() },
    ...{ invocationId: randomUUID(), kind: 'deletion', table: 'market_data', reason: 'Drill: an operation of no rows' },
    selector: JSON.stringify({ filter: { instrumentId: 0, barLength: 0, ...NEVER } }),
    expectedCount: null,
    reach: { from: NEVER.start, to: NEVER.end },
  });
  await withClient(ownerUrl, (client) => client.query(text, [...values]));
}
