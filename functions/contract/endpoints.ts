import type { Endpoint, FunctionName } from './route.ts';

/**
 * Every route by its name: where it is, and which function serves it. What a function reads from a request stands in the
 * table of that function (`ingestRequests`, `readRequests`, …), so that a bundle holds the schemas of its own routes only,
 * and what the OpenAPI document says in `routes`.
 */
export const endpoints = {
  ingestMarketData: { method: 'POST', path: '/v1/market-data', function: 'ingest' },
  listMarketData: { method: 'GET', path: '/v1/market-data', function: 'read' },
  latestMarketData: { method: 'GET', path: '/v1/market-data/latest', function: 'read' },
  latestMarketDataOf: { method: 'POST', path: '/v1/market-data/latest', function: 'read' },
  listBars: { method: 'GET', path: '/v1/market-data/bars', function: 'read' },
  listCoverage: { method: 'GET', path: '/v1/market-data/coverage', function: 'read' },
  getTick: { method: 'GET', path: '/v1/market-data/{id}', function: 'read' },
  getTickHistory: { method: 'GET', path: '/v1/market-data/{id}/history', function: 'read' },
  listMarketDataBatches: { method: 'GET', path: '/v1/market-data/batches', function: 'read' },
  getMarketDataBatch: { method: 'GET', path: '/v1/market-data/batches/{batchId}', function: 'read' },
  deleteMarketData: { method: 'POST', path: '/v1/market-data/deletions', function: 'delete' },
  restoreMarketData: { method: 'POST', path: '/v1/market-data/restorations', function: 'restore' },
  listMarketDataOperations: { method: 'GET', path: '/v1/market-data/operations', function: 'read' },
  getMarketDataOperation: { method: 'GET', path: '/v1/market-data/operations/{id}', function: 'read' },
  ingestAlertLogs: { method: 'POST', path: '/v1/alert-logs', function: 'ingest' },
  listAlertLogs: { method: 'GET', path: '/v1/alert-logs', function: 'read' },
  latestAlertLogs: { method: 'GET', path: '/v1/alert-logs/latest', function: 'read' },
  latestAlertLogsOf: { method: 'POST', path: '/v1/alert-logs/latest', function: 'read' },
  getAlertLog: { method: 'GET', path: '/v1/alert-logs/{id}', function: 'read' },
  listAlertLogBatches: { method: 'GET', path: '/v1/alert-logs/batches', function: 'read' },
  getAlertLogBatch: { method: 'GET', path: '/v1/alert-logs/batches/{batchId}', function: 'read' },
  deleteAlertLogs: { method: 'POST', path: '/v1/alert-logs/deletions', function: 'delete' },
  restoreAlertLogs: { method: 'POST', path: '/v1/alert-logs/restorations', function: 'restore' },
  listAlertLogOperations: { method: 'GET', path: '/v1/alert-logs/operations', function: 'read' },
  getAlertLogOperation: { method: 'GET', path: '/v1/alert-logs/operations/{id}', function: 'read' },
  putInstrument: { method: 'PUT', path: '/v1/instruments/{symbol}', function: 'reference-data' },
  patchInstrument: { method: 'PATCH', path: '/v1/instruments/{symbol}', function: 'reference-data' },
  putInstruments: { method: 'PUT', path: '/v1/instruments', function: 'reference-data' },
  listInstruments: { method: 'GET', path: '/v1/instruments', function: 'read' },
  getInstrument: { method: 'GET', path: '/v1/instruments/{symbol}', function: 'read' },
  putAlertRule: { method: 'PUT', path: '/v1/alert-rules/{name}', function: 'reference-data' },
  patchAlertRule: { method: 'PATCH', path: '/v1/alert-rules/{name}', function: 'reference-data' },
  putAlertRules: { method: 'PUT', path: '/v1/alert-rules', function: 'reference-data' },
  listAlertRules: { method: 'GET', path: '/v1/alert-rules', function: 'read' },
  getAlertRule: { method: 'GET', path: '/v1/alert-rules/{name}', function: 'read' },
  listReferenceChanges: { method: 'GET', path: '/v1/reference-data/operations', function: 'read' },
  getReferenceChange: { method: 'GET', path: '/v1/reference-data/operations/{id}', function: 'read' },
  getConfig: { method: 'GET', path: '/v1/config', function: 'read' },
  getHealth: { method: 'GET', path: '/v1/health', function: 'health' },
  listHealth: { method: 'GET', path: '/v1/health/history', function: 'health' },
  getPoolHealth: { method: 'GET', path: '/v1/health/pool', function: 'health' },
  getPartitionHealth: { method: 'GET', path: '/v1/health/partitions', function: 'health' },
  getPerformance: { method: 'GET', path: '/v1/performance', function: 'health' },
  getOpenApi: { method: 'GET', path: '/v1/openapi.json', function: 'read' },
} as const satisfies Record<string, Endpoint>;

/** See `endpoints`. */
export type Endpoints = typeof endpoints;
/** The name of a route, which is its `operationId` too. */
export type RouteName = keyof Endpoints;
/** The routes that a function serves. */
export type RoutesOf<F extends FunctionName> = {
  [N in RouteName]: Endpoints[N]['function'] extends F ? N : never;
}[RouteName];

/** The function that handles requests without a route: it responds with 404 or 405. */
export const DEFAULT_ROUTE_FUNCTION: FunctionName = 'read';
