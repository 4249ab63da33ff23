import * as z from 'zod/mini';
import { alertLog, alertLogRecord } from './alert-logs.ts';
import { bar } from './bars.ts';
import { batchSummary } from './batch-list.ts';
import { receipt } from './batches.ts';
import { configResponse } from './config.ts';
import { coverage } from './coverage.ts';
import { documented, forDocument } from './documented.ts';
import type { RouteName } from './endpoints.ts';
import { health, healthHistory, partitionHealth, performanceResponse, poolHealth } from './health.ts';
import { revision } from './history.ts';
import { tick, tickRecord } from './market-data.ts';
import { operation } from './operations.ts';
import { referenceDocuments } from './reference-documents.ts';
import { jsonProblems, page, type RouteDocument, type Tag } from './route.ts';

const latestOf = <T extends z.ZodMiniType>(item: T) =>
  z.object({
    data: documented(
      z.record(z.string(), z.nullable(item)),
      forDocument({
        description: 'One key per requested instrument. Null if it has no row.',
      }),
    ),
  });

/** What an `asOf` can meet. */
const asOfProblems = ['batch_not_found', 'operation_not_found', 'rows_archived', 'operation_running'] as const;

const ingestProblems = [
  'malformed_body',
  'duplicate_key',
  'forbidden_key',
  'invalid_encoding',
  'idempotency_key_reused',
  'request_in_progress',
  'body_too_large',
  'too_many_records',
  'record_too_large',
  'unsupported_media_type',
  'unsupported_charset',
  'unsupported_encoding',
  'empty_batch',
  'all_rejected',
  'atomic_rejected',
] as const;
const operationProblems = [
  ...jsonProblems,
  'idempotency_key_reused',
  'request_in_progress',
  'expected_count_mismatch',
  'instrument_not_found',
  'batch_not_found',
  'operation_not_found',
  'operation_running',
  'rows_archived',
] as const;

/** What the routes say that market data and alert logs share. */
function recordDocuments(tag: Tag) {
  return {
    batch: { tag, summary: "Get a batch's receipt.", response: receipt, problems: ['batch_not_found'] },
    batches: { tag, summary: 'List batches, newest first.', response: page(batchSummary), problems: [] },
    deletions: {
      tag,
      summary: 'Soft-delete rows as one operation, or redo a deletion that was restored.',
      response: operation,
      alsoStatus: 202,
      problems: [...operationProblems, 'not_a_restoration'],
    },
    restorations: {
      tag,
      summary: 'Restore deleted rows, or undo a deletion or a correction.',
      response: operation,
      alsoStatus: 202,
      problems: [...operationProblems, 'not_a_deletion'],
    },
    operations: {
      tag,
      summary: 'List deletions, restorations and corrections, newest first.',
      response: page(operation),
      problems: [],
    },
    operation: {
      tag,
      summary: 'Get one deletion, restoration or correction.',
      response: operation,
      problems: ['operation_not_found'],
    },
  } as const satisfies Record<string, RouteDocument>;
}

const marketData = recordDocuments('Market data');
const alertLogs = recordDocuments('Alert logs');

/** What the OpenAPI document says of each route: no function has it. */
export const routeDocuments = {
  ingestMarketData: {
    tag: 'Market data',
    summary: 'Store a batch of ticks.',
    body: { records: tickRecord },
    response: receipt,
    problems: ingestProblems,
  },
  listMarketData: {
    tag: 'Market data',
    summary: 'List ticks of a period, newest first.',
    response: page(tick),
    problems: ['instrument_not_found', ...asOfProblems],
  },
  latestMarketData: {
    tag: 'Market data',
    summary: 'Get the newest tick of each requested instrument.',
    response: latestOf(tick),
    problems: ['response_too_large', ...asOfProblems],
  },
  latestMarketDataOf: {
    tag: 'Market data',
    summary: 'Get the newest tick of each instrument that the body names.',
    response: latestOf(tick),
    problems: [...jsonProblems, 'response_too_large', ...asOfProblems],
  },
  listBars: {
    tag: 'Market data',
    summary: 'List bars (open, high, low, close, volume) made of ticks or of stored bars.',
    response: page(bar),
    problems: ['instrument_not_found', ...asOfProblems],
  },
  listCoverage: {
    tag: 'Market data',
    summary: 'Count what is stored, per instrument and day or month.',
    response: page(coverage),
    problems: ['instrument_not_found', ...asOfProblems],
  },
  getTick: { tag: 'Market data', summary: 'Get one tick.', response: tick, problems: ['tick_not_found'] },
  getTickHistory: {
    tag: 'Market data',
    summary: 'List the revisions of a tick or bar, oldest first, with the operations that changed them.',
    response: page(revision),
    problems: ['tick_not_found'],
  },
  listMarketDataBatches: marketData.batches,
  getMarketDataBatch: marketData.batch,
  deleteMarketData: marketData.deletions,
  restoreMarketData: marketData.restorations,
  listMarketDataOperations: marketData.operations,
  getMarketDataOperation: marketData.operation,
  ingestAlertLogs: {
    tag: 'Alert logs',
    summary: 'Store a batch of alert logs.',
    body: { records: alertLogRecord },
    response: receipt,
    problems: ingestProblems,
  },
  listAlertLogs: {
    tag: 'Alert logs',
    summary: 'List alert logs of a period, newest first.',
    response: page(alertLog),
    problems: ['instrument_not_found'],
  },
  latestAlertLogs: {
    tag: 'Alert logs',
    summary: 'Get the newest alert log of each requested instrument.',
    response: latestOf(alertLog),
    problems: ['response_too_large'],
  },
  latestAlertLogsOf: {
    tag: 'Alert logs',
    summary: 'Get the newest alert log of each instrument that the body names.',
    response: latestOf(alertLog),
    problems: [...jsonProblems, 'response_too_large'],
  },
  getAlertLog: {
    tag: 'Alert logs',
    summary: 'Get one alert log.',
    response: alertLog,
    problems: ['alert_log_not_found'],
  },
  listAlertLogBatches: alertLogs.batches,
  getAlertLogBatch: alertLogs.batch,
  deleteAlertLogs: alertLogs.deletions,
  restoreAlertLogs: alertLogs.restorations,
  listAlertLogOperations: alertLogs.operations,
  getAlertLogOperation: alertLogs.operation,

  ...referenceDocuments,
  getConfig: {
    tag: 'Service',
    summary: 'Get the effective configuration without secrets, and its validation.',
    response: configResponse,
    problems: [],
  },
  getHealth: {
    tag: 'Health',
    summary: 'Get the health at the last sample: 200 if healthy or warning, else 503.',
    response: health,
    alsoStatus: 503,
    problems: [],
  },
  listHealth: {
    tag: 'Health',
    summary: 'List samples, newest first. 1,000 are kept.',
    response: healthHistory,
    problems: [],
  },
  getPoolHealth: {
    tag: 'Health',
    summary: 'Get the connection pool at the last sample.',
    response: poolHealth,
    problems: [],
  },
  getPartitionHealth: {
    tag: 'Health',
    summary: 'Get the partitions at the last sample.',
    response: partitionHealth,
    problems: [],
  },
  getPerformance: {
    tag: 'Health',
    summary: 'Get query rates and times between the last two samples.',
    response: performanceResponse,
    problems: [],
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'Get this interface as OpenAPI 3.1.',
    response: z.looseObject({ openapi: z.string() }),
    problems: [],
  },
} as const satisfies Record<RouteName, RouteDocument>;
