import { alertLogTable } from '../../functions/alert-logs/alert-log-table.ts';
import { findAlertLog, latestAlertLogs, listAlertLogs } from '../../functions/alert-logs/sql/select-alert-logs.ts';
import { findNextBar, findStoredLength, selectBars } from '../../functions/bars/sql/select-bars.ts';
import { selectRolledBars } from '../../functions/bars/sql/select-rolled-bars.ts';
import { columnTypeOf } from '../../functions/contract/fields.ts';
import { selectCoverage, selectCoverageAsOf } from '../../functions/coverage/sql/select-coverage.ts';
import { array, type Statement } from '../../functions/database/database.ts';
import { refuseSmokeRun } from '../../functions/deploy/sql/refuse-smoke-run.ts';
import { insertSamples, listSamples } from '../../functions/health/sql/samples.ts';
import { healthSignals } from '../../functions/health/sql/signals.ts';
import type { BatchSettlement, BatchTable, KeyedRows, RowColumns } from '../../functions/ingest/batch-table.ts';
import {
  assertBatchTaken,
  createInstruments,
  reserveInstrumentIds,
} from '../../functions/ingest/sql/create-instruments.ts';
import { activeInstruments, findInstruments, findRules } from '../../functions/ingest/sql/find-references.ts';
import { listBatches } from '../../functions/ingest/sql/list-batches.ts';
import {
  findArchivedIn,
  findBatchMoment,
  findOperationMoment,
  findRunningIn,
  findTimeMoment,
} from '../../functions/ledger/sql/as-of.ts';
import { findBatch, findReceipt, insertBatch, insertRefusedBatch } from '../../functions/ledger/sql/batch-ledger.ts';
import { waitForKey } from '../../functions/ledger/sql/keyed-request.ts';
import { removeExpired } from '../../functions/ledger/sql/remove-expired.ts';
import { finishBatch, takeBatchKey } from '../../functions/ledger/sql/stream-batch.ts';
import { takeTurnOfBatches, takeTurnOfInstruments, takeTurnOfOperation } from '../../functions/ledger/sql/take-turn.ts';
import { findArchivedNewer } from '../../functions/market-data/sql/find-archived-newer.ts';
import { listRevisions } from '../../functions/market-data/sql/select-history.ts';
import {
  findPageStart,
  findTick,
  latestTicks,
  latestTicksAsOf,
  listTicks,
} from '../../functions/market-data/sql/select-ticks.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import {
  changeRows,
  findOperationByKey,
  insertOperation,
  settleOperation,
} from '../../functions/operations/sql/apply-operation.ts';
import { findOperation, listOperations } from '../../functions/operations/sql/find-operations.ts';
import type { Selector } from '../../functions/operations/sql/operation-table.ts';
import { archivedReach, previewChanges } from '../../functions/operations/sql/preview-operation.ts';
import { archiveOldest, ensurePartitions } from '../../functions/partitions/sql/partitions.ts';
import { findRule, findRuleInstruments, listRules } from '../../functions/reference-data/sql/alert-rules.ts';
import {
  findBarInstruments,
  findInstrument,
  findInstrumentId,
  listInstruments,
} from '../../functions/reference-data/sql/instruments.ts';
import { findChange, listChanges } from '../../functions/reference-data/sql/list-changes.ts';
import { findOtherCases, instrumentTable } from '../../functions/reference-data/sql/put-instruments.ts';
import { ruleTable } from '../../functions/reference-data/sql/put-rules.ts';
import type { ReferenceTable } from '../../functions/reference-data/sql/reference-table.ts';
import { refreshBars, refreshCounts, refreshDueBars } from '../../functions/rollups/sql/refresh.ts';

import { largeOperationStatements } from './large-operation-statements.ts';

/**
 * Every statement that the functions send to the pooler, each with sample values. Its text does not depend on the
 * values.
 */

const DAY = ['2026-01-05T00:00:00.000000Z', '2026-01-05T23:59:59.999999Z'] as const;
const BAR_LENGTH = 2;

const request = {
  keyScope: 'scope',
  idempotencyKey: 'key',
  actor: 'arn:aws:iam::123456789012:user/sample',
  payloadHash: new Uint8Array([1, 2]),
  invocationId: '00000000-0000-4000-8000-000000000000',
};

const entry = {
  ...request,
  target: 'market_data',
  received: 1,
  accepted: 1,
  rejected: 0,
  minTime: DAY[0],
  maxTime: DAY[1],
  barLength: 0,
  receipt: '"received":1}',
  touched: { instruments: Int32Array.of(1), days: Int32Array.of(20_458) },
} as const;

/** A batch of one record, which was rejected. */
const refusedBody = {
  ...{ received: 1, inserted: 0, duplicates: 0, conflicts: 0, tombstoned: 0, rejected: 1 },
  outcomes: { inserted: [], duplicates: [], conflicts: [], tombstoned: [], rejected: [[0, 0]] },
  rejections: [],
} satisfies Parameters<typeof insertRefusedBatch>[0]['body'];

/** One row of a table. */
function rowOf({ fields }: BatchTable): RowColumns {
  const at = Date.parse(DAY[0]) * 1000;
  const values = { float8: [1.5], int8: [1], int4: [1], text: ['fired'], timestamptz: [at] };
  return {
    indexes: array('int4', [0]),
    timestamps: array('timestamptz', [at]),
    instruments: array('int4', [1]),
    fields: fields.map((field) => array(columnTypeOf(field), values[columnTypeOf(field)])),
  };
}

const settlement: BatchSettlement = {
  batch: entry,
  accepted: 1,
  acceptedRanges: '{[0,0]}',
  rejectedRanges: '[]',
  rejections: '[]',
  received: 1,
  rejected: 0,
  minTime: DAY[0],
  maxTime: DAY[1],
  atomic: false,
};

function batchStatements(table: BatchTable): Statement[] {
  const row = rowOf(table);
  const keyed = [table.sequenced, table.packets, table.bars?.(BAR_LENGTH)].filter((rows) => rows !== undefined);
  return [
    table.store(entry, row),
    table.insert(entry, row),
    ...keyed.flatMap((rows: KeyedRows) => [
      ...rows.insert(entry, [row], () => row),
      rows.settle(settlement, row),
      rows.classify(settlement, row),
      ...replacingStatements(rows, row),
    ]),
  ];
}

function replacingStatements({ replacing }: KeyedRows, row: RowColumns): Statement[] {
  if (replacing === undefined) return [];
  const correction = { reason: 'why', actor: request.actor };
  return [replacing.replace(settlement, row, correction), replacing.check(entry), replacing.classify(settlement, row)];
}

const SELECTORS: readonly Selector[] = [
  { by: 'ids', ids: [65_536, 65_537], among: '{[65536,65537]}' },
  { by: 'range', first: 65_536, last: 65_537, among: '{[65536,65537]}' },
  { by: 'batch', batchId: 1 },
  { by: 'filter', instrumentId: 1, barLength: 0, start: DAY[0], end: DAY[1] },
  { by: 'operation', operationId: 1 },
];

function operationStatements(): Statement[] {
  const operation = {
    ...request,
    kind: 'deletion',
    table: 'market_data',
    selector: '{"batchId":1}',
    reason: 'why',
  } as const;
  const changes = (['delete', 'restore'] as const).flatMap((change) =>
    SELECTORS.flatMap((selector) => [
      changeRows(change, 'market_data', selector, operation, 0, 500),
      previewChanges('market_data', [{ change, selector }], undefined, null, 500),
    ]),
  );
  return [
    insertOperation(operation),
    ...changes,
    settleOperation(operation, { requested: null, expectedCount: null, maxRows: 500 }),
    findOperationByKey(operation),
    findOperation('market_data', 1),
    listOperations('market_data', null, null, 100),
    archivedReach('market_data', { batchId: 1 }, '{}'),
    takeTurnOfInstruments('market_data', array('int4', [1])),
    takeTurnOfBatches('market_data', [1]),
    takeTurnOfOperation('market_data', 1),
  ];
}

function readStatements(): Statement[] {
  const page = { instrumentId: 1, start: DAY[0], end: DAY[1], after: null, includeDeleted: false, limit: 1000 };
  const bars = { instrumentId: 1, interval: '1h', of: 'price', timeZone: 'UTC', barLength: 0 } as const;
  const coverage = { instrumentId: 1, start: DAY[0], end: DAY[1], after: null, limit: 1000 };
  const alertPage = { ...page, order: 'desc', ruleId: null, firedStatus: null, deliveryStatus: null } as const;
  return [
    listTicks({ ...page, barLength: 0, order: 'desc' }),
    findPageStart(0, DAY[1], 1000),
    latestTicks([1], ['ES'], false),
    listTicks({ ...page, barLength: 0, order: 'desc' }, { number: 1, operationId: 0 }),
    latestTicksAsOf([1], ['ES'], false, { number: 1, operationId: 0 }),
    findBatchMoment(1),
    findOperationMoment(1),
    findTimeMoment(DAY[0]),
    findRunningIn({ number: 1, operationId: 0 }, ...DAY),
    findArchivedIn(...DAY),
    findArchivedNewer([1], ['ES'], [{ instrument_id: 1, timestamp: DAY[0] }]),
    selectBars(bars, ...DAY, 'asc'),
    findNextBar(bars, ...DAY, 'asc'),
    findStoredLength(bars, 3600, ...DAY),
    selectCoverage({ ...coverage, barLength: 0, by: 'day' }),
    selectCoverageAsOf({ ...coverage, barLength: 0, by: 'day' }, { number: 1, operationId: 0 }),
    refreshCounts(1, 0, 1000, 2_000_000),
    selectRolledBars(bars, 60, ...DAY, 'asc'),
    selectBars({ ...bars, repeatsMidnight: true }, ...DAY, 'asc'),
    selectRolledBars({ ...bars, repeatsMidnight: true }, 60, ...DAY, 'asc'),
    refreshBars(bars, 20_458, 20_459, 2),
    refreshDueBars(300, 2),
    findTick(65_536, false),
    listRevisions(65_536, -1, 100),
    listAlertLogs(alertPage),
    latestAlertLogs([1], ['ES'], false),
    findAlertLog(65_536, false),
  ];
}

function writeStatements<Item>(table: ReferenceTable<Item>, item: Item): Statement[] {
  const change = { actor: request.actor, version: request.invocationId };
  return [
    table.insert([item], change),
    table.lock([table.nameOf(item)]),
    table.update([item], change, [request.invocationId]),
    table.outcomes([table.nameOf(item)], change),
  ];
}

function referenceStatements(): Statement[] {
  const rule = {
    ...{ name: 'rule', instrumentId: 1, ruleType: 'threshold', condition: 'above', threshold: 1, cooldownSeconds: 60 },
    ...{ active: true, timeWindowSeconds: 0, movingAveragePeriod: 0 },
  };
  const instrument = { symbol: 'ES', name: 'ES', type: 'future', status: 'active', priceDecimals: 2 };
  return [
    listInstruments({ search: null, after: null, limit: 1000 }),
    findInstrument('ES'),
    findInstrumentId(null, 'ES'),
    findBarInstruments(['ES']),
    findOtherCases(['ES']),
    ...writeStatements(instrumentTable, instrument),
    findInstruments(['ES'], [1]),
    activeInstruments(1000),
    listRules({ search: null, after: null, limit: 1000 }),
    findRule('rule'),
    findRuleInstruments([1], ['ES']),
    ...writeStatements(ruleTable, rule),
    findRules([1]),
    listChanges({ target: null, subject: 'ES', search: null, before: null, limit: 100 }),
    findChange(1),
  ];
}

/** All statements, in the order of the folders of `functions/`. */
export const everyStatement = (): Statement[] => [
  insertBatch(entry),
  takeBatchKey(entry),
  finishBatch(1, entry),
  waitForKey(entry),
  insertRefusedBatch({ ...entry, code: 'all_rejected', body: refusedBody }),
  reserveInstrumentIds(['ES']),
  createInstruments(entry, [{ id: 1, symbol: 'ES' }]),
  assertBatchTaken(entry),
  findReceipt(entry, 1000),
  findBatch('market_data', 1),
  listBatches({
    target: 'market_data',
    actor: null,
    status: null,
    search: null,
    start: DAY[0],
    end: DAY[1],
    before: null,
    limit: 100,
  }),
  ensurePartitions('market_data', [Date.parse(DAY[0]) * 1000]),
  archiveOldest('market_data', 24),
  removeExpired(90),
  ...referenceStatements(),
  ...batchStatements(tickTable),
  ...batchStatements(alertLogTable),
  ...readStatements(),
  ...operationStatements(),
  refuseSmokeRun(entry),
  ...largeOperationStatements(request, DAY),
  healthSignals(10_000),
  insertSamples([{ takenAt: DAY[0], status: 'healthy', alerts: [], sample: {}, counters: {} }]),
  listSamples(null, 100),
];
