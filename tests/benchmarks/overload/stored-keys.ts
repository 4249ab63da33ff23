import type { StartedService } from '../../support/start-as-command.ts';

interface ListedBatch {
  readonly batchId: number;
  readonly idempotencyKey: string | null;
  readonly status: string;
  readonly inserted: number;
}

/** All listed batches, newest first. */
async function* batchesOf(service: StartedService): AsyncGenerator<ListedBatch> {
  let cursor: unknown;
  do {
    const more = cursor === undefined || cursor === null ? '' : `&cursor=${encodeURIComponent(String(cursor))}`;
    const page = await service.read(`/v1/market-data/batches?limit=1000${more}`);
    yield* page['data'] as ListedBatch[];
    cursor = page['nextCursor'];
  } while (cursor !== undefined && cursor !== null);
}

/**
 * The differences between what was acknowledged and what is stored, one line each.
 * @param keys each used key with its acknowledged batch; undefined if none was acknowledged
 * @param rows the number of rows of each batch
 */
export async function differencesIn(
  service: StartedService,
  keys: ReadonlyMap<string, number | undefined>,
  rows: number,
): Promise<string[]> {
  const stored = new Map<string, number>();
  const differences: string[] = [];
  for await (const { batchId, idempotencyKey: key, inserted } of batchesOf(service)) {
    if (key === null || !keys.has(key)) continue;
    if (stored.has(key)) differences.push(`${key} is stored twice: ${stored.get(key)} and ${batchId}`);
    if (inserted !== rows) differences.push(`${key}: ${inserted} of ${rows} rows were stored`);
    stored.set(key, batchId);
  }
  for (const [key, batchId] of keys)
    if (batchId !== undefined && stored.get(key) !== batchId)
      differences.push(`${key} was acknowledged as ${batchId}, and ${stored.get(key) ?? 'nothing'} is stored`);
  return differences;
}
