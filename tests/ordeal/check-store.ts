import { setTimeout as sleep } from 'node:timers/promises';
import type { Range } from '../../functions/contract/batches.ts';
import { expand } from '../support/records.ts';
import type { TestService } from '../support/service.ts';
import { checkLedger } from './check-ledger.ts';
import type { Sent, SentBatch, StoreDifference } from './clients.ts';

/**
 * Compares the responses that clients got with what is stored.
 * @param from the index of the first operation that is read again; earlier ones are only counted
 * @returns every difference
 */
export async function checkStore(service: TestService, sent: Sent, from = 0): Promise<StoreDifference[]> {
  return [
    ...sent.differences,
    ...(await checkBatches(service, sent)),
    ...(await checkOperations(service, sent, from)),
    ...(await checkLedger(service, ['market_data'])).map((text) => ({ text })),
  ];
}

async function checkBatches(service: TestService, { batches }: Sent): Promise<StoreDifference[]> {
  const rows = await service.sql<{ id: number; price: number }>(
    'select id::float8 as id, price from tick_store.market_data',
  );
  const stored = Map.groupBy(rows, ({ price }) => price);
  const differences: StoreDifference[] = batches.flatMap((sent) =>
    faultsOf(sent, stored).map((text) => ({ text, sent })),
  );
  const known = new Set(batches.flatMap(({ prices }) => prices));
  const foreign = rows.filter(({ price }) => !known.has(price));
  if (foreign.length > 0) differences.push({ text: `${foreign.length} rows that no client sent` });
  return differences;
}

function faultsOf(
  { outcome, prices, receipt, keyed }: SentBatch,
  stored: ReadonlyMap<number, readonly { readonly id: number }[]>,
): string[] {
  const ids = prices.map((price) => stored.get(price)?.map(({ id }) => id) ?? []);
  const what = `batch ${receipt?.batchId ?? prices[0]} (${outcome}${keyed ? ', with a key' : ''})`;
  if (ids.some((found) => found.length > 1)) return [`${what}: stored twice: ${JSON.stringify(ids)}`];
  const count = ids.filter((found) => found.length === 1).length;
  if (receipt === undefined) {
    if (outcome === 'nothing' && !keyed && count > 0)
      return [`${what}: stored, although the response said that nothing was`];
    return count === 0 || count === prices.length ? [] : [`${what}: ${count} of ${prices.length} records are stored`];
  }
  const replaced = (receipt.outcomes as { replaced?: readonly Range[] }).replaced ?? [];
  const reported = expand([...receipt.outcomes.inserted, ...replaced]);
  const expected = prices.map((_, index) => (reported.includes(index) ? [receipt.firstId + index] : []));
  return JSON.stringify(ids) === JSON.stringify(expected)
    ? []
    : [`${what}: stored as ${JSON.stringify(ids)}, and the receipt says ${JSON.stringify(expected)}`];
}

async function checkOperations(service: TestService, { operations }: Sent, from: number): Promise<StoreDifference[]> {
  const rows = await service.sql<{ id: number; reason: string }>(
    `select id::float8 as id, reason from tick_store.operations where kind in ('deletion', 'restoration')`,
  );
  const byReason = Map.groupBy(rows, ({ reason }) => reason);
  const differences: StoreDifference[] = [];
  for (const [index, sent] of operations.entries()) {
    const { reason, outcome, id, text } = sent;
    const differs = (how: string) => differences.push({ text: `operation ${how}`, sent });
    const stored = byReason.get(reason)?.map((row) => row.id) ?? [];
    if (stored.length > 1) differs(`${reason}: done ${stored.length} times`);
    if (outcome === 'responded' && stored[0] !== id)
      differs(`${reason}: ${id} in its response, stored as ${stored[0]}`);
    if (id === undefined || index < from) continue;
    const reply = await service.get(`/v1/market-data/operations/${id}`);
    if (reply.text !== text) differs(`${id}: its response was ${text}, it reads ${reply.text}`);
  }
  const sentReasons = new Set(operations.map(({ reason }) => reason));
  const unknown = rows.filter(({ reason }) => !sentReasons.has(reason));
  if (unknown.length > 0) differences.push({ text: `${unknown.length} operations that no client sent` });
  return differences;
}

/** How long it takes until the service responds as usual; `limitMs` if it does not within that time. Milliseconds. */
export async function untilServing(service: TestService, limitMs: number): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < limitMs) {
    const reply = await service.get('/v1/market-data/latest', { query: { symbols: 'ES' } }).catch(() => undefined);
    if (reply?.status === 200) return performance.now() - began;
    await sleep(50);
  }
  return limitMs;
}
