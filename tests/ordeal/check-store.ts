import { setTimeout as sleep } from 'node:timers/promises';
import type { Range } from '../../functions/contract/batches.ts';
import { expand } from '../support/records.ts';
import type { TestService } from '../support/service.ts';
import type { Sent, SentBatch, StoreDifference } from './clients.ts';

/**
 * Compares what clients were told with what is stored; returns every difference.
 * @param from the first operation that is read again; others are only counted
 */
export async function checkStore(service: TestService, sent: Sent, from = 0): Promise<StoreDifference[]> {
  return [
    ...sent.differences,
    ...(await checkBatches(service, sent)),
    ...(await checkOperations(service, sent, from)),
    ...(await checkLedger(service)).map((text) => ({ text })),
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
      return [`${what}: stored, though the answer was that nothing was`];
    return count === 0 || count === prices.length ? [] : [`${what}: ${count} of ${prices.length} records are stored`];
  }
  const replaced = (receipt.outcomes as { replaced?: readonly Range[] }).replaced ?? [];
  const told = expand([...receipt.outcomes.inserted, ...replaced]);
  const expected = prices.map((_, index) => (told.includes(index) ? [receipt.firstId + index] : []));
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
    if (outcome === 'answered' && stored[0] !== id) differs(`${reason}: answered as ${id}, stored as ${stored[0]}`);
    if (id === undefined || index < from) continue;
    const reply = await service.get(`/v1/market-data/operations/${id}`);
    if (reply.text !== text) differs(`${id}: answered ${text}, reads ${reply.text}`);
  }
  const sentReasons = new Set(operations.map(({ reason }) => reason));
  const unknown = rows.filter(({ reason }) => !sentReasons.has(reason));
  if (unknown.length > 0) differences.push({ text: `${unknown.length} operations that no client sent` });
  return differences;
}

/**
 * Laws of the ledger: a batch has as many rows as it says; a row is live as often as its operations come to; and of a key one
 * row is live.
 */
async function checkLedger(service: TestService): Promise<string[]> {
  const laws: Record<string, string> = {
    'batches with another number of rows than they say': `
      select b.block::text as id
        from tick_store.ingest_batches b
        left join (select id / 65536 as block, count(*) as rows from tick_store.market_data group by 1) m on m.block = b.block
       where b.target = 'market_data'
         and coalesce(m.rows, 0) <> case when b.status = 'stored' then b.inserted + b.replaced else 0 end`,
    'rows in another state than their operations make': `
      with steps as (
        select t.id as operation_id, t.batch_id, coalesce(r.restores, t.kind = 'restoration') as restores, r.affected
          from tick_store.operation_rows r
          join tick_store.operations t on t.id = r.operation_id and t.target = 'market_data'
      ), effects as (
        select one.id,
               count(*) filter (where s.restores) as restored,
               count(*) filter (where not s.restores) as deleted,
               count(*) filter (where s.restores and s.batch_id = one.id / 65536) as made,
               array_agg(s.operation_id) filter (where not s.restores) as deleters
          from steps s, unnest(s.affected) ids, generate_series(lower(ids), upper(ids) - 1) one(id)
         group by one.id
      )
      select m.id::text
        from tick_store.market_data m
        left join effects e on e.id = m.id
       where 1 - coalesce(e.made, 0) + coalesce(e.restored, 0) - coalesce(e.deleted, 0) <> (m.deleted_at is null)::int
          or (m.deleted_by is not null and m.deleted_by = any(e.deleters) is not true)`,
    'keys with two live rows': `
      select min(id)::text as id
        from tick_store.market_data
       where sequence is not null and deleted_at is null
       group by instrument_id, "timestamp", sequence
      having count(*) > 1`,
    'keys taken by nothing': `
      select k.key as id
        from tick_store.idempotency_keys k
       where not exists (select from tick_store.ingest_batches b where k.kind = 'batch' and b.block = k.number)
         and not exists (select from tick_store.operations o where k.kind = 'operation' and o.id = k.number)`,
  };
  const differences: string[] = [];
  for (const [what, law] of Object.entries(laws)) {
    const broken = await service.sql<{ id: string }>(law);
    if (broken.length > 0)
      differences.push(
        `${broken.length} ${what}: ${broken
          .slice(0, 5)
          .map(({ id }) => id)
          .join()}`,
      );
  }
  return differences;
}

/** How long it takes until the service responds as usual. Milliseconds; `limitMs` where it does not. */
export async function untilServing(service: TestService, limitMs: number): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < limitMs) {
    const reply = await service.get('/v1/market-data/latest', { query: { symbols: 'ES' } }).catch(() => undefined);
    if (reply?.status === 200) return performance.now() - began;
    await sleep(50);
  }
  return limitMs;
}
