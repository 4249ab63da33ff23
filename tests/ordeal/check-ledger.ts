import type { TestService } from '../support/service.ts';

type Table = 'market_data' | 'alert_logs';

/** Invariants of one table that hold whatever was sent. Each query returns the ids that violate it. */
const TABLE_LAWS: Readonly<Record<string, (table: Table) => string>> = {
  'batches whose number of rows differs from their ledger row': (table) => `
      select b.block::text as id
        from tick_store.ingest_batches b
        left join (select id / 65536 as block, count(*) as rows from tick_store.${table} group by 1) m on m.block = b.block
       where b.target = '${table}'
         and coalesce(m.rows, 0) <> case when b.status = 'stored' then b.inserted + b.replaced else 0 end`,
  'rows whose state does not follow from their operations': (table) => `
      with steps as (
        select t.id as operation_id, t.batch_id, coalesce(r.restores, t.kind = 'restoration') as restores, r.affected
          from tick_store.operation_rows r
          join tick_store.operations t on t.id = r.operation_id and t.target = '${table}'
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
        from tick_store.${table} m
        left join effects e on e.id = m.id
       where 1 - coalesce(e.made, 0) + coalesce(e.restored, 0) - coalesce(e.deleted, 0) <> (m.deleted_at is null)::int
          or (m.deleted_by is not null and m.deleted_by = any(e.deleters) is not true)`,
};

/** Invariants across both tables. Only ticks have row keys, and a request key belongs to either table. */
const COMMON_LAWS: Readonly<Record<string, string>> = {
  'keys with two live rows': `
      select min(id)::text as id
        from tick_store.market_data
       where sequence is not null and occurrence = 0 and deleted_at is null
       group by instrument_id, bar_length, "timestamp", sequence
      having count(*) > 1`,
  'keys without a batch or an operation': `
      select k.key as id
        from tick_store.idempotency_keys k
       where not exists (select from tick_store.ingest_batches b where k.kind = 'batch' and b.block = k.number)
         and not exists (select from tick_store.operations o where k.kind = 'operation' and o.id = k.number)`,
};

/**
 * Checks the invariants of the ledger. A batch has as many rows as its ledger row says. The state of a row follows from its
 * operations. At most one row per key is live. Every request key belongs to a batch or an operation.
 * @returns the violations, as text
 */
export async function checkLedger(service: TestService, tables: readonly Table[]): Promise<string[]> {
  const ofTables = tables.flatMap((table) =>
    Object.entries(TABLE_LAWS).map(([what, law]) => [what, law(table)] as const),
  );
  const differences: string[] = [];
  for (const [what, law] of [...ofTables, ...Object.entries(COMMON_LAWS)]) {
    const broken = await service.sql<{ id: string }>(law);
    if (broken.length === 0) continue;
    const some = broken.slice(0, 5).map(({ id }) => id);
    differences.push(`${broken.length} ${what}: ${some.join()}`);
  }
  return differences;
}
