import { randomUUID } from 'node:crypto';
import type { Database } from '../../functions/database/database.ts';
import { findOperationByKey, type StoredOperation } from '../../functions/operations/sql/apply-operation.ts';
import { insertLargeOperation, type LargeSelector } from '../../functions/operations/sql/large-operations.ts';
import type { OperationTable, RequestedKind } from '../../functions/operations/sql/operation-table.ts';
import { newInstrument } from './records.ts';
import type { TestService } from './service.ts';

export interface LargeOperationOptions {
  readonly kind?: RequestedKind;
  readonly table?: OperationTable;
  readonly expectedCount?: number;
}

const EVER = { from: '1970-01-01', to: '2100-01-01' };

/** Starts an operation in steps whatever its size, but runs no step. A run of the schedule continues it. Returns its id. */
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

/**
 * Inserts a new instrument with many ticks, one second apart, directly into the database. They are batches that record no
 * changed days, so roll-ups do not see them. `ids` are in the order of the times.
 */
export async function manyTicks(
  service: TestService,
  rows: number,
  start: string,
): Promise<{ symbol: string; ids: number[] }> {
  const symbol = await newInstrument(service);
  const made = await service.sql<{ id: number }>(
    `with wanted as (
       select i.id as instrument, n as nth, timestamptz '${start}' as start from tick_store.instruments i, generate_series(0, ($2::int - 1) / 65536) n
        where i.symbol = $1
     ), made as (
       insert into tick_store.ingest_batches (target, actor, idempotency_key, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
       select 'market_data', 'test', $1 || nth, 65536, 65536, 0, start, start + make_interval(secs => $2::int), '', '{}', '{}'
         from wanted
       returning block
     ), batches as (
       select block, row_number() over (order by block) - 1 as nth from made
     ), stored as (
       insert into tick_store.market_data (id, "timestamp", instrument_id, price)
       select b.block * 65536 + n, w.start + make_interval(secs => b.nth * 65536 + n), w.instrument, 1
         from wanted w join batches b using (nth), generate_series(0, 65535) n
        where b.nth * 65536 + n < $2::int
       returning id
     )
     select id::float8 as id from stored order by id`,
    [symbol, rows],
  );
  return { symbol, ids: made.map(({ id }) => id) };
}

/** How many ticks of an instrument are not deleted. */
export async function countLive(service: TestService, symbol: string): Promise<number> {
  const [row] = await service.sql<{ rows: number }>(
    `select count(*)::int as rows from tick_store.market_data
      where deleted_at is null and instrument_id = (select id from tick_store.instruments where symbol = $1)`,
    [symbol],
  );
  return row?.rows ?? -1;
}
