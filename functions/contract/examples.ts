import type { RouteName } from './endpoints.ts';
import { HEALTH_EXAMPLES } from './example-health.ts';
import {
  ALERT_LOG,
  ALERT_LOG_RECORDS,
  CHANGE,
  CHANGE_COUNTS,
  CORRECTED_RECEIPT,
  CORRECTION,
  DELETION,
  INSTRUMENT,
  RECEIPT,
  RESTORATION,
  REVISIONS,
  RULE,
  TICK,
  TICK_RECORDS,
} from './example-rows.ts';

/** A value of the reference, with a title for people. */
export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

const CURSOR = 'WyIyMDI2LTAxLTMwIiwyNzUyNTEyXQ';
const page = (row: unknown) => ({ data: [row], nextCursor: CURSOR });
const deletions: Readonly<Record<string, Example>> = {
  count: {
    summary: 'Count first, change nothing',
    value: { batchId: 42, reason: 'duplicate feed', dryRun: true },
  },
  ids: { summary: 'Rows by their ids', value: { ids: [2752512, 2752513], reason: 'duplicate feed' } },
  period: {
    summary: 'A period of one instrument, if it is 60 rows',
    value: {
      filter: { symbol: 'ES', start: '2026-01-30T14:30:00Z', end: '2026-01-30T14:30:59.999999Z' },
      reason: 'exchange outage',
      expectedCount: 60,
    },
  },
};
const redo: Example = { summary: 'Redo: take a restoration back', value: { operationId: 8, reason: 'it was wrong' } };
const restorations: Readonly<Record<string, Example>> = {
  undo: { summary: 'Undo a deletion or a correction', value: { operationId: 7, reason: 'the feed was right' } },
  batch: { summary: 'The rows of a batch', value: { batchId: 42, reason: 'the feed was right' } },
};

/** The records that a batch of each ingest route is shown with, as JSON, NDJSON and CSV. */
export const RECORD_EXAMPLES: Readonly<Partial<Record<RouteName, readonly object[]>>> = {
  ingestMarketData: TICK_RECORDS,
  ingestAlertLogs: ALERT_LOG_RECORDS,
};

/** Bodies of the routes that take JSON. */
export const BODY_EXAMPLES: Readonly<Partial<Record<RouteName, Readonly<Record<string, Example>>>>> = {
  deleteMarketData: { ...deletions, redo },
  deleteAlertLogs: { count: deletions['count'] as Example, ids: deletions['ids'] as Example },
  restoreMarketData: restorations,
  restoreAlertLogs: restorations,
  latestMarketDataOf: {
    symbols: { summary: 'By symbols', value: { symbols: ['ES', 'NQ'] } },
    ids: { summary: 'By ids', value: { instrumentIds: [1, 2] } },
  },
  latestAlertLogsOf: { symbols: { summary: 'By symbols', value: { symbols: ['ES', 'NQ'] } } },
  putInstrument: {
    crypto: { summary: 'A perpetual', value: { name: 'Bitcoin perpetual', type: 'crypto', priceDecimals: 1 } },
  },
  patchInstrument: {
    decimals: { summary: 'More decimals', value: { priceDecimals: 8 } },
    inactive: { summary: 'Out of use', value: { status: 'inactive' } },
  },
  putInstruments: {
    two: {
      summary: 'Two instruments',
      value: {
        instruments: [
          { symbol: 'ES', name: 'E-mini S&P 500', type: 'future', priceDecimals: 2 },
          { symbol: 'BTC/USDT', type: 'crypto', priceDecimals: 2 },
        ],
      },
    },
  },
  patchAlertRule: { off: { summary: 'Switch it off', value: { active: false } } },
  putAlertRules: {
    one: {
      summary: 'One rule',
      value: { alertRules: [{ name: 'es-above-4300', symbol: 'ES', condition: 'above', threshold: 4300 }] },
    },
  },
  putAlertRule: {
    above: { summary: 'A price over a level', value: { symbol: 'ES', condition: 'above', threshold: 4300 } },
  },
};

const BATCH = {
  ...{ batchId: 42, status: 'stored', at: '2026-01-31T14:30:01.000000Z', actor: 'arn:aws:iam::123456789012:role/feed' },
  ...{ idempotencyKey: 'es-2026-01-31-0042', bars: null, received: 5, inserted: 3, replaced: 0, duplicates: 1 },
  ...{ conflicts: 0, tombstoned: 0, rejected: 1 },
  ...{ earliest: '2026-01-31T14:30:00.000001Z', latest: '2026-01-31T14:30:00.900000Z' },
};

/** A success of each route. A test reads every one with the route's own schema. */
export const RESPONSE_EXAMPLES: Readonly<Record<RouteName, unknown>> = {
  ingestMarketData: RECEIPT,
  listMarketData: page(TICK),
  latestMarketData: { data: { ES: TICK, NQ: null } },
  latestMarketDataOf: { data: { ES: TICK, NQ: null } },
  listBars: page({
    ...{ symbol: 'ES', start: '2026-01-31T14:30:00.000000Z', open: 4300, high: 4301.25, low: 4299.75, close: 4300.25 },
    ...{ volume: 118, count: 42, vwap: 4300.47, complete: true },
  }),
  listCoverage: page({
    ...{ instrumentId: 1, symbol: 'ES', period: '2026-01-30', rows: 41_022, deleted: 60, withSequence: 41_022 },
    ...{ firstAt: '2026-01-30T14:30:00.000001Z', lastAt: '2026-01-30T20:59:59.871204Z' },
  }),
  getTick: TICK,
  getTickHistory: { data: REVISIONS, nextCursor: null },
  listMarketDataBatches: page(BATCH),
  getMarketDataBatch: CORRECTED_RECEIPT,
  deleteMarketData: DELETION,
  restoreMarketData: RESTORATION,
  listMarketDataOperations: page(CORRECTION),
  getMarketDataOperation: DELETION,
  ingestAlertLogs: { ...RECEIPT, batchId: 43, firstId: 2818048 },
  listAlertLogs: page(ALERT_LOG),
  latestAlertLogs: { data: { ES: ALERT_LOG, NQ: null } },
  latestAlertLogsOf: { data: { ES: ALERT_LOG, NQ: null } },
  getAlertLog: ALERT_LOG,
  listAlertLogBatches: page({ ...BATCH, batchId: 43 }),
  getAlertLogBatch: { ...RECEIPT, batchId: 43, firstId: 2818048 },
  deleteAlertLogs: DELETION,
  restoreAlertLogs: RESTORATION,
  listAlertLogOperations: page(DELETION),
  getAlertLogOperation: DELETION,
  putInstrument: INSTRUMENT,
  patchInstrument: INSTRUMENT,
  putInstruments: CHANGE_COUNTS,
  listInstruments: page(INSTRUMENT),
  getInstrument: INSTRUMENT,
  putAlertRule: RULE,
  patchAlertRule: RULE,
  putAlertRules: CHANGE_COUNTS,
  listReferenceChanges: page(CHANGE),
  getReferenceChange: CHANGE,
  listAlertRules: page(RULE),
  getAlertRule: RULE,
  getConfig: {
    configuration: { service: { name: 'tick-store' }, api: { authorization: 'iam', requestsPerSecond: 200 } },
    validation: { isValid: true, warnings: [], errors: [], recommendations: [] },
  },
  ...HEALTH_EXAMPLES,
  getOpenApi: { openapi: '3.1.1' },
};
