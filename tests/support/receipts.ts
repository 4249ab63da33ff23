import { expect } from 'vitest';
import { OUTCOMES, type Outcome, type Receipt, receipt } from '../../functions/contract/batches.ts';
import { expand } from './records.ts';
import type { TestService } from './service.ts';

/** Checks the invariants of a receipt, and returns the outcome of each input row. */
export function outcomesOf(body: Receipt): Outcome[] {
  expect(receipt.parse(body)).toEqual(body);
  return outcomesIn(body);
}

/** The same for the members that the problem of a refused batch shares with a receipt. */
export function outcomesIn(body: Omit<Receipt, 'batchId' | 'firstId'>): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const outcome of OUTCOMES) {
    const ranges = body.outcomes[outcome];
    const indexes = expand(ranges ?? []);
    expect([outcome, ranges?.length === undefined ? undefined : indexes.length]).toEqual([outcome, body[outcome]]);
    for (const index of indexes) {
      expect([index, outcomes[index]]).toEqual([index, undefined]);
      outcomes[index] = outcome;
    }
  }
  expect(Object.keys(outcomes)).toHaveLength(body.received);
  expect(outcomes).toHaveLength(body.received);
  expect(body.rejections.map(({ index }) => index)).toEqual(expand(body.outcomes.rejected).slice(0, 1000));
  return outcomes;
}

/** The number of rows of each kind in the database. It must not change if nothing was written. */
export async function rowCounts(service: TestService): Promise<object | undefined> {
  const [counts] = await service.sql(`
    select (select count(*)::int from tick_store.market_data) as market_data,
           (select count(*)::int from tick_store.alert_logs) as alert_logs,
           (select count(*)::int from tick_store.ingest_batches where status = 'stored') as ingest_batches,
           (select count(*)::int from tick_store.operations) as operations`);
  return counts;
}

/** An instrument's rows as stored, including deleted ones, in the order of the first field. */
export function storedRows(
  service: TestService,
  symbol: string,
  fields = '*',
  table: 'market_data' | 'alert_logs' = 'market_data',
): Promise<Record<string, unknown>[]> {
  return service.sql(
    `select ${fields} from tick_store.${table}
      where instrument_id = (select i.id from tick_store.instruments i where i.symbol = $1) order by 1`,
    [symbol],
  );
}
