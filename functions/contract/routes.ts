import * as z from 'zod/mini';
import { alertLog, alertLogRecord, DELIVERY_STATUSES, FIRED_STATUSES } from './alert-logs.ts';
import { asOf } from './as-of.ts';
import { bar, barsQuery } from './bars.ts';
import { batchListQuery, batchSummary } from './batch-list.ts';
import { alertLogIngestQuery, bars, ingestQuery, receipt } from './batches.ts';
import { configResponse } from './config.ts';
import { coverage, coverageQuery } from './coverage.ts';
import { documented } from './documented.ts';
import { health, healthHistory, partitionHealth, performanceResponse, poolHealth } from './health.ts';
import { historyParameters, revision } from './history.ts';
import { latestBody, MAX_LATEST } from './latest.ts';
import { tick, tickRecord } from './market-data.ts';
import { deletionRequest, operation, restorationRequest } from './operations.ts';
import {
  cursor,
  endTime,
  flag,
  idParameter,
  ids,
  inOrder,
  instrumentQuery,
  integer,
  NOT_BOTH,
  NOT_IN_ORDER,
  notBoth,
  search,
  symbols,
  time,
} from './parameters.ts';
import { referenceRoutes } from './reference-routes.ts';
import { type FunctionName, jsonProblems, limit, none, page, type Route, type Tag } from './route.ts';

export type { FunctionName, Route, Tag } from './route.ts';
export { routeKey, TAGS } from './route.ts';

const idPath = z.strictObject({ id: idParameter });
const latestOf = <T extends z.ZodMiniType>(item: T) =>
  z.object({
    data: documented(z.record(z.string(), z.nullable(item)), {
      description: 'One key per requested instrument. Null where it has no row.',
    }),
  });
const includeDeleted = documented(flag, { description: 'Include soft-deleted rows.' });
const precision = documented(z._default(z.enum(['instrument', 'stored']), 'instrument'), {
  description:
    "How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits.",
});
const order = documented(z._default(z.enum(['desc', 'asc']), 'desc'), {
  description: 'By timestamp, sequence (records without one first) and id: `asc` in this order, `desc` in the reverse.',
});
const period = {
  start: documented(z.optional(time), { description: 'Not before this time.' }),
  end: documented(z.optional(endTime), { description: 'Not after this time. A day alone is its last microsecond.' }),
};

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

/** The routes that market data and alert logs share. */
function recordRoutes<const Name extends string>(name: Name, tag: Tag) {
  const path = `/v1/${name}` as const;
  return {
    batch: {
      method: 'GET',
      path: `${path}/batches/{batchId}`,
      function: 'read',
      tag,
      summary: "Get a batch's receipt.",
      params: z.strictObject({ batchId: idParameter }),
      query: none,
      response: receipt,
      problems: ['batch_not_found'],
    },
    batches: {
      method: 'GET',
      path: `${path}/batches`,
      function: 'read',
      tag,
      summary: 'List batches, newest first.',
      params: none,
      query: batchListQuery,
      response: page(batchSummary),
      problems: [],
    },
    deletions: {
      method: 'POST',
      path: `${path}/deletions`,
      function: 'delete',
      tag,
      summary: 'Soft-delete rows as one operation, or take a restoration back.',
      params: none,
      query: none,
      body: { json: deletionRequest },
      idempotent: true,
      response: operation,
      alsoStatus: 202,
      problems: [...operationProblems, 'not_a_restoration'],
    },
    restorations: {
      method: 'POST',
      path: `${path}/restorations`,
      function: 'restore',
      tag,
      summary: 'Restore deleted rows, or undo a deletion or a correction.',
      params: none,
      query: none,
      body: { json: restorationRequest },
      idempotent: true,
      response: operation,
      alsoStatus: 202,
      problems: [...operationProblems, 'not_a_deletion'],
    },
    operations: {
      method: 'GET',
      path: `${path}/operations`,
      function: 'read',
      tag,
      summary: 'List deletions, restorations and corrections, newest first.',
      params: none,
      query: z.strictObject({
        search: documented(z.optional(search), { description: 'Part of the reason or of the caller, in any case.' }),
        limit: integer(1, 1000, 100),
        cursor: z.optional(cursor),
      }),
      response: page(operation),
      problems: [],
    },
    operation: {
      method: 'GET',
      path: `${path}/operations/{id}`,
      function: 'read',
      tag,
      summary: 'Get one deletion, restoration or correction.',
      params: idPath,
      query: none,
      response: operation,
      problems: ['operation_not_found'],
    },
  } as const satisfies Record<string, Route>;
}

const marketData = recordRoutes('market-data', 'Market data');
const alertLogs = recordRoutes('alert-logs', 'Alert logs');

/** Every route, by the name of its handler. */
export const routes = {
  ingestMarketData: {
    method: 'POST',
    path: '/v1/market-data',
    function: 'ingest',
    tag: 'Market data',
    summary: 'Store a batch of ticks.',
    params: none,
    query: ingestQuery,
    body: { records: tickRecord },
    idempotent: true,
    response: receipt,
    problems: ingestProblems,
  },
  listMarketData: {
    method: 'GET',
    path: '/v1/market-data',
    function: 'read',
    tag: 'Market data',
    summary: 'List ticks of a period, newest first.',
    params: none,
    query: z
      .strictObject({
        ...instrumentQuery,
        bars,
        ...period,
        order,
        limit,
        cursor: z.optional(cursor),
        includeDeleted,
        precision,
        asOf,
      })
      .check(z.refine(notBoth, NOT_BOTH), z.refine(inOrder, NOT_IN_ORDER)),
    response: page(tick),
    csv: tick,
    problems: ['instrument_not_found', ...asOfProblems],
  },
  latestMarketData: {
    method: 'GET',
    path: '/v1/market-data/latest',
    function: 'read',
    tag: 'Market data',
    summary: 'Get the newest tick of each requested instrument.',
    params: none,
    query: z
      .strictObject({
        instrumentIds: z.optional(ids(MAX_LATEST)),
        symbols: z.optional(symbols(MAX_LATEST)),
        includeDeleted,
        precision,
        asOf,
      })
      .check(
        z.refine(
          (query) => (query.instrumentIds === undefined) !== (query.symbols === undefined),
          'give either instrumentIds or symbols',
        ),
      ),
    response: latestOf(tick),
    problems: ['response_too_large', ...asOfProblems],
  },
  latestMarketDataOf: {
    method: 'POST',
    path: '/v1/market-data/latest',
    function: 'read',
    tag: 'Market data',
    summary: 'Get the newest tick of each instrument that the body names.',
    params: none,
    query: z.strictObject({ includeDeleted, precision, asOf }),
    body: { json: latestBody },
    response: latestOf(tick),
    problems: [...jsonProblems, 'response_too_large', ...asOfProblems],
  },
  listBars: {
    method: 'GET',
    path: '/v1/market-data/bars',
    function: 'read',
    tag: 'Market data',
    summary: 'List bars (open, high, low, close, volume) made of ticks or of stored bars.',
    params: none,
    query: barsQuery,
    response: page(bar),
    csv: bar,
    problems: ['instrument_not_found', ...asOfProblems],
  },
  listCoverage: {
    method: 'GET',
    path: '/v1/market-data/coverage',
    function: 'read',
    tag: 'Market data',
    summary: 'Count what is stored, per instrument and day or month.',
    params: none,
    query: coverageQuery,
    response: page(coverage),
    csv: coverage,
    problems: ['instrument_not_found', ...asOfProblems],
  },
  getTick: {
    method: 'GET',
    path: '/v1/market-data/{id}',
    function: 'read',
    tag: 'Market data',
    summary: 'Get one tick.',
    params: idPath,
    query: z.strictObject({ includeDeleted, precision }),
    response: tick,
    problems: ['tick_not_found'],
  },
  getTickHistory: {
    method: 'GET',
    path: '/v1/market-data/{id}/history',
    function: 'read',
    tag: 'Market data',
    summary: 'List the revisions of a tick or bar, oldest first, with the operations that changed them.',
    params: idPath,
    query: z.strictObject({ ...historyParameters, precision }),
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
    method: 'POST',
    path: '/v1/alert-logs',
    function: 'ingest',
    tag: 'Alert logs',
    summary: 'Store a batch of alert logs.',
    params: none,
    query: alertLogIngestQuery,
    body: { records: alertLogRecord },
    idempotent: true,
    response: receipt,
    problems: ingestProblems,
  },
  listAlertLogs: {
    method: 'GET',
    path: '/v1/alert-logs',
    function: 'read',
    tag: 'Alert logs',
    summary: 'List alert logs of a period, newest first.',
    params: none,
    query: z
      .strictObject({
        ...instrumentQuery,
        ruleId: z.optional(idParameter),
        firedStatus: z.optional(z.enum(FIRED_STATUSES)),
        deliveryStatus: z.optional(z.enum(DELIVERY_STATUSES)),
        ...period,
        order,
        limit,
        cursor: z.optional(cursor),
        includeDeleted,
      })
      .check(z.refine(notBoth, NOT_BOTH), z.refine(inOrder, NOT_IN_ORDER)),
    response: page(alertLog),
    problems: ['instrument_not_found'],
  },
  latestAlertLogs: {
    method: 'GET',
    path: '/v1/alert-logs/latest',
    function: 'read',
    tag: 'Alert logs',
    summary: 'Get the newest alert log of each requested instrument.',
    params: none,
    query: z
      .strictObject({
        instrumentIds: z.optional(ids(MAX_LATEST)),
        symbols: z.optional(symbols(MAX_LATEST)),
        includeDeleted,
      })
      .check(
        z.refine(
          (query) => (query.instrumentIds === undefined) !== (query.symbols === undefined),
          'give either instrumentIds or symbols',
        ),
      ),
    response: latestOf(alertLog),
    problems: ['response_too_large'],
  },
  latestAlertLogsOf: {
    method: 'POST',
    path: '/v1/alert-logs/latest',
    function: 'read',
    tag: 'Alert logs',
    summary: 'Get the newest alert log of each instrument that the body names.',
    params: none,
    query: z.strictObject({ includeDeleted }),
    body: { json: latestBody },
    response: latestOf(alertLog),
    problems: [...jsonProblems, 'response_too_large'],
  },
  getAlertLog: {
    method: 'GET',
    path: '/v1/alert-logs/{id}',
    function: 'read',
    tag: 'Alert logs',
    summary: 'Get one alert log.',
    params: idPath,
    query: z.strictObject({ includeDeleted }),
    response: alertLog,
    problems: ['alert_log_not_found'],
  },
  listAlertLogBatches: alertLogs.batches,
  getAlertLogBatch: alertLogs.batch,
  deleteAlertLogs: alertLogs.deletions,
  restoreAlertLogs: alertLogs.restorations,
  listAlertLogOperations: alertLogs.operations,
  getAlertLogOperation: alertLogs.operation,

  ...referenceRoutes,
  getConfig: {
    method: 'GET',
    path: '/v1/config',
    function: 'read',
    tag: 'Service',
    summary: 'Get the effective configuration without secrets, and its validation.',
    params: none,
    query: none,
    response: configResponse,
    problems: [],
  },
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    function: 'health',
    tag: 'Health',
    summary: 'Get the health by the last sample: 200 if healthy or warning, else 503.',
    params: none,
    query: none,
    response: health,
    alsoStatus: 503,
    problems: [],
  },
  listHealth: {
    method: 'GET',
    path: '/v1/health/history',
    function: 'health',
    tag: 'Health',
    summary: 'List samples, newest first. 1,000 are kept.',
    params: none,
    query: z.strictObject({ limit: integer(1, 1000, 100), cursor: z.optional(cursor) }),
    response: healthHistory,
    problems: [],
  },
  getPoolHealth: {
    method: 'GET',
    path: '/v1/health/pool',
    function: 'health',
    tag: 'Health',
    summary: 'Get the connection pool by the last sample.',
    params: none,
    query: none,
    response: poolHealth,
    problems: [],
  },
  getPartitionHealth: {
    method: 'GET',
    path: '/v1/health/partitions',
    function: 'health',
    tag: 'Health',
    summary: 'Get the partitions by the last sample.',
    params: none,
    query: none,
    response: partitionHealth,
    problems: [],
  },
  getPerformance: {
    method: 'GET',
    path: '/v1/performance',
    function: 'health',
    tag: 'Health',
    summary: 'Get rates and times of the queries between the last two samples.',
    params: none,
    query: none,
    response: performanceResponse,
    problems: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/v1/openapi.json',
    function: 'read',
    tag: 'Service',
    summary: 'Get this interface as OpenAPI 3.1.',
    params: none,
    query: none,
    response: z.looseObject({ openapi: z.string() }),
    problems: [],
  },
} as const satisfies Record<string, Route>;

/** The type of the route table. */
export type Routes = typeof routes;
/** The name of a route, which is its `operationId` too. */
export type RouteName = keyof Routes;

/** The function that handles requests without a route: it responds with 404 or 405. */
export const DEFAULT_ROUTE_FUNCTION: FunctionName = 'read';
