import type { Endpoint, FunctionName } from './route.ts';

const at = <const M extends Endpoint['method'], const P extends string, const F extends FunctionName>(
  method: M,
  path: P,
  by: F,
) => ({ method, path, function: by });

/**
 * Every route by its name: where it is, and which function serves it. What a function reads from a request stands in the
 * table of that function (`ingestRequests`, `readRequests`, …), so that a bundle holds the schemas of its own routes only,
 * and what the OpenAPI document says in `routes`.
 */
export const endpoints = {
  ingestMarketData: at('POST', '/v1/market-data', 'ingest'),
  listMarketData: at('GET', '/v1/market-data', 'read'),
  latestMarketData: at('GET', '/v1/market-data/latest', 'read'),
  latestMarketDataOf: at('POST', '/v1/market-data/latest', 'read'),
  listBars: at('GET', '/v1/market-data/bars', 'read'),
  listCoverage: at('GET', '/v1/market-data/coverage', 'read'),
  getTick: at('GET', '/v1/market-data/{id}', 'read'),
  getTickHistory: at('GET', '/v1/market-data/{id}/history', 'read'),
  listMarketDataBatches: at('GET', '/v1/market-data/batches', 'read'),
  getMarketDataBatch: at('GET', '/v1/market-data/batches/{batchId}', 'read'),
  deleteMarketData: at('POST', '/v1/market-data/deletions', 'delete'),
  restoreMarketData: at('POST', '/v1/market-data/restorations', 'restore'),
  listMarketDataOperations: at('GET', '/v1/market-data/operations', 'read'),
  getMarketDataOperation: at('GET', '/v1/market-data/operations/{id}', 'read'),
  ingestAlertLogs: at('POST', '/v1/alert-logs', 'ingest'),
  listAlertLogs: at('GET', '/v1/alert-logs', 'read'),
  latestAlertLogs: at('GET', '/v1/alert-logs/latest', 'read'),
  latestAlertLogsOf: at('POST', '/v1/alert-logs/latest', 'read'),
  getAlertLog: at('GET', '/v1/alert-logs/{id}', 'read'),
  listAlertLogBatches: at('GET', '/v1/alert-logs/batches', 'read'),
  getAlertLogBatch: at('GET', '/v1/alert-logs/batches/{batchId}', 'read'),
  deleteAlertLogs: at('POST', '/v1/alert-logs/deletions', 'delete'),
  restoreAlertLogs: at('POST', '/v1/alert-logs/restorations', 'restore'),
  listAlertLogOperations: at('GET', '/v1/alert-logs/operations', 'read'),
  getAlertLogOperation: at('GET', '/v1/alert-logs/operations/{id}', 'read'),
  putInstrument: at('PUT', '/v1/instruments/{symbol}', 'reference-data'),
  patchInstrument: at('PATCH', '/v1/instruments/{symbol}', 'reference-data'),
  putInstruments: at('PUT', '/v1/instruments', 'reference-data'),
  listInstruments: at('GET', '/v1/instruments', 'read'),
  getInstrument: at('GET', '/v1/instruments/{symbol}', 'read'),
  putAlertRule: at('PUT', '/v1/alert-rules/{name}', 'reference-data'),
  patchAlertRule: at('PATCH', '/v1/alert-rules/{name}', 'reference-data'),
  putAlertRules: at('PUT', '/v1/alert-rules', 'reference-data'),
  listAlertRules: at('GET', '/v1/alert-rules', 'read'),
  getAlertRule: at('GET', '/v1/alert-rules/{name}', 'read'),
  listReferenceChanges: at('GET', '/v1/reference-data/operations', 'read'),
  getReferenceChange: at('GET', '/v1/reference-data/operations/{id}', 'read'),
  getConfig: at('GET', '/v1/config', 'read'),
  getHealth: at('GET', '/v1/health', 'health'),
  listHealth: at('GET', '/v1/health/history', 'health'),
  getPoolHealth: at('GET', '/v1/health/pool', 'health'),
  getPartitionHealth: at('GET', '/v1/health/partitions', 'health'),
  getPerformance: at('GET', '/v1/performance', 'health'),
  getOpenApi: at('GET', '/v1/openapi.json', 'read'),
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
