import { createHash } from 'node:crypto';
import { COPY_ALERT_LOGS, insertAlertLogs, storeAlertLogs } from '../alert-logs/sql/insert-alert-logs.ts';
import { findAlertLog, latestAlertLogs, listAlertLogs } from '../alert-logs/sql/select-alert-logs.ts';
import { array, type Statement } from '../database/database.ts';
import { packetRows } from '../market-data/sql/insert-packets.ts';
import { COPY_TICKS, insertNewBars, insertNewTicks, insertTicks, storeTicks } from '../market-data/sql/insert-ticks.ts';
import { findTick, latestTicks, listTicks } from '../market-data/sql/select-ticks.ts';
import { QUERY_TYPES, type QueryType } from '../metrics/query-types.ts';
import { changeRows } from '../operations/sql/apply-operation.ts';
import { applyStep } from '../operations/sql/apply-step.ts';
import type { RunningOperation } from '../operations/sql/large-operations.ts';
import type { ChangeVerb, Selector } from '../operations/sql/operation-table.ts';
import { MOST_RANGES } from '../operations/sql/select-ids.ts';
import type { Counters } from './sql/signals.ts';

/** Calls, mean execution time and rows of one type of query between two samples. */
export interface TypeStatistics {
  readonly calls: number;
  readonly averageMs: number | null;
  readonly rows: number;
}

/**
 * A statement's fingerprint: its text without what pg_stat_statements rewrites, constants and placeholders. The same
 * expression is in `tick_store.statement_statistics()`, migration 0008.
 */
export function statementHash(text: string): string {
  const bare = text.toLowerCase().replace(/'[^']*'|\$[0-9]+|\b[0-9]+\b|\b(null|true|false)\b|\s+/g, '');
  return createHash('md5').update(bare).digest('hex').slice(0, 12);
}

/** A ledger entry without values. */
const NO_ENTRY = {
  target: 'market_data',
  ...{ actor: '', keyScope: '', idempotencyKey: '', payloadHash: new Uint8Array() },
  ...{ invocationId: '', received: 0, accepted: 0, rejected: 0, minTime: '', maxTime: '', barLength: 0, receipt: '' },
} as const;

/** An operation in steps without values, and ids in either form that a step's statement has. */
const NO_OPERATION = {
  ...{ id: 1, number: 1, planned: true, planned_through: null, plan_from: null, planned_steps: 0 },
  ...{ next_step: 0, rows_done: 0, affected: 0, min_time: '', max_time: '' },
} as const;
const FEW_RANGES = '{[1,2)}';
const MANY_RANGES = `{${Array.from({ length: MOST_RANGES + 1 }, (_, n) => `[${2 * n},${2 * n + 1})`).join(',')}}`;

/** The service's statements by their fingerprints. A statement's text does not depend on its values, so any will do here. */
const TYPES: ReadonlyMap<string, QueryType> = new Map(
  Object.entries(textsByType()).flatMap(([type, texts]) =>
    texts.map((text) => [statementHash(text), type as QueryType] as const),
  ),
);

function textsByType(): Record<QueryType, string[]> {
  const batch = { keyScope: '', idempotencyKey: '' };
  const none = array('int4', []);
  const entry = { ...NO_ENTRY, touched: { instruments: new Int32Array(), days: new Int32Array() } };
  const rows = { indexes: none, timestamps: none, instruments: none, fields: [] };
  const page = { instrumentId: null, start: null, end: null, after: null, includeDeleted: false, limit: 1 };
  const orders = ['asc', 'desc'] as const;
  const tickPages = [0, 1].flatMap((barLength) => orders.map((order) => listTicks({ ...page, barLength, order })));
  const alertPages = orders.map((order) =>
    listAlertLogs({ ...page, order, ruleId: null, firedStatus: null, deliveryStatus: null }),
  );
  const selectors: Selector[] = [
    { by: 'ids', ids: [1], among: '' },
    { by: 'range', first: 1, last: 1, among: '' },
    { by: 'batch', batchId: 1 },
    { by: 'filter', instrumentId: 1, barLength: 0, start: '', end: '' },
    { by: 'filter', instrumentId: 1, barLength: 1, start: '', end: '' },
    { by: 'operation', operationId: 1 },
  ];
  const changes = (change: ChangeVerb) =>
    (['market_data', 'alert_logs'] as const).flatMap((table) =>
      selectors.map((selector) => changeRows(change, table, selector, batch, 0, 1)),
    );
  const steps = (kind: RunningOperation['kind']) =>
    (['market_data', 'alert_logs'] as const).flatMap((target) =>
      [FEW_RANGES, MANY_RANGES].flatMap((ids) =>
        [{ filter: { instrumentId: 1, barLength: 0, start: '', end: '' } }, { operationId: 1 }].map((selector) =>
          applyStep({ ...NO_OPERATION, kind, target, selector, ids }),
        ),
      ),
    );
  const texts = (statements: readonly Statement[]) => statements.map((statement) => statement.text);
  return {
    BULK_INSERT: [
      COPY_TICKS,
      COPY_ALERT_LOGS,
      ...texts([
        storeTicks(entry, rows),
        insertTicks(batch, rows),
        insertNewTicks(batch, rows),
        insertNewBars(batch, rows, 1),
        ...packetRows.insert(batch, rows).slice(-1),
        storeAlertLogs(entry, rows),
        insertAlertLogs(batch, rows),
      ]),
    ],
    SELECT: texts([...tickPages, findTick(1, false), ...alertPages, findAlertLog(1, false)]),
    SELECT_LATEST: texts([latestTicks([], [], false), latestAlertLogs([], [], false)]),
    SOFT_DELETE: texts([...changes('delete'), ...steps('deletion')]),
    RESTORE: texts([...changes('restore'), ...steps('restoration')]),
  };
}

/**
 * The statistics of each type between two samples. A statement that pg_stat_statements has evicted meanwhile counts from
 * its new beginning: too few calls instead of invented ones.
 * @returns null if pg_stat_statements is not installed, or was reset in between
 */
export function statisticsByType(
  now: Counters['statements'],
  before: Counters['statements'],
): Record<QueryType, TypeStatistics> | null {
  if (!now || !before || now.reset !== before.reset) return null;
  const earlier = new Map(before.statements.map((entry) => [entry[0], entry]));
  const sums = Object.fromEntries(QUERY_TYPES.map((type) => [type, { calls: 0, ms: 0, rows: 0 }])) as Record<
    QueryType,
    { calls: number; ms: number; rows: number }
  >;
  for (const [hash, calls, ms, rows] of now.statements) {
    const type = TYPES.get(hash);
    if (type === undefined) continue;
    const found = earlier.get(hash);
    const [, callsThen, msThen, rowsThen] = found && found[1] <= calls ? found : [hash, 0, 0, 0];
    sums[type].calls += calls - callsThen;
    sums[type].ms += ms - msThen;
    sums[type].rows += rows - rowsThen;
  }
  return Object.fromEntries(
    QUERY_TYPES.map((type) => {
      const { calls, ms, rows } = sums[type];
      return [type, { calls, averageMs: calls > 0 ? ms / calls : null, rows }];
    }),
  ) as Record<QueryType, TypeStatistics>;
}
