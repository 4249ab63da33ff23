import { findAlertLogById, listAlertLogPage, readLatestAlertLogs } from './alert-logs/read-alert-logs.ts';
import { listBars } from './bars/read-bars.ts';
import { readConfigResponse } from './config/read-config.ts';
import { readOpenApi } from './config/read-openapi.ts';
import { readRequests } from './contract/read-requests.ts';
import { listCoverage } from './coverage/read-coverage.ts';
import { connectAhead } from './database/connect/connect-ahead.ts';
import { apiHandler } from './http/api-handler.ts';
import { keyedResponse, pageResponse } from './http/page-response.ts';
import { versionedResponse } from './http/versioned-response.ts';
import { findReceiptText } from './ingest/find-receipt.ts';
import { listBatchPage } from './ingest/list-batches.ts';
import { listHistory } from './market-data/read-history.ts';
import { findTickById, latestMarketData, listMarketData } from './market-data/read-ticks.ts';
import { tickTexts } from './market-data/write-ticks.ts';
import { listOperationPage, operationById } from './operations/read-operations.ts';
import { listRulePage, ruleByName } from './reference-data/alert-rules.ts';
import { instrumentBySymbol, listInstrumentPage } from './reference-data/instruments.ts';
import { changeById, listChangePage } from './reference-data/read-changes.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database: db } = services;
await connectAhead(services);

/** Every route that only reads, and requests without a route. */
export const handler = apiHandler(services, readRequests, {
  listMarketData: async (request) =>
    pageResponse(request, await listMarketData(db, request.query, request.options), tickTexts(request.query.precision)),
  latestMarketData: async ({ query, options }) => keyedResponse(await latestMarketData(db, query, options)),
  latestMarketDataOf: async ({ query, body, options }) =>
    keyedResponse(await latestMarketData(db, { ...query, ...body }, options)),
  listBars: async (request) => pageResponse(request, await listBars(db, request.query, request.options)),
  listCoverage: async (request) => pageResponse(request, await listCoverage(db, request.query, request.options)),
  getTick: async ({ params, query, options }) => ({
    value: await findTickById(db, params.id, query, options),
  }),
  getTickHistory: async (request) =>
    pageResponse(request, await listHistory(db, request.params.id, request.query, request.options)),
  listMarketDataBatches: async (request) =>
    pageResponse(request, await listBatchPage(db, 'market_data', request.query, request.options)),
  getMarketDataBatch: async ({ params, options }) => ({
    json: await findReceiptText(db, 'market_data', params.batchId, options),
  }),
  listMarketDataOperations: async (request) =>
    pageResponse(request, await listOperationPage(db, 'market_data', request.query, request.options)),
  getMarketDataOperation: async ({ params, options }) => ({
    json: (await operationById(db, 'market_data', params.id, options)).receipt,
  }),

  listAlertLogs: async (request) => pageResponse(request, await listAlertLogPage(db, request.query, request.options)),
  latestAlertLogs: async ({ query, options }) => keyedResponse(await readLatestAlertLogs(db, query, options)),
  latestAlertLogsOf: async ({ query, body, options }) =>
    keyedResponse(await readLatestAlertLogs(db, { ...query, ...body }, options)),
  getAlertLog: async ({ params, query, options }) => ({
    value: await findAlertLogById(db, params.id, query.includeDeleted, options),
  }),
  listAlertLogBatches: async (request) =>
    pageResponse(request, await listBatchPage(db, 'alert_logs', request.query, request.options)),
  getAlertLogBatch: async ({ params, options }) => ({
    json: await findReceiptText(db, 'alert_logs', params.batchId, options),
  }),
  listAlertLogOperations: async (request) =>
    pageResponse(request, await listOperationPage(db, 'alert_logs', request.query, request.options)),
  getAlertLogOperation: async ({ params, options }) => ({
    json: (await operationById(db, 'alert_logs', params.id, options)).receipt,
  }),

  listInstruments: async (request) =>
    pageResponse(request, await listInstrumentPage(db, request.query, request.options)),
  getInstrument: async ({ params, preconditions, options }) =>
    versionedResponse(await instrumentBySymbol(db, params.symbol, options), preconditions),
  listAlertRules: async (request) => pageResponse(request, await listRulePage(db, request.query, request.options)),
  getAlertRule: async ({ params, preconditions, options }) =>
    versionedResponse(await ruleByName(db, params.name, options), preconditions),
  listReferenceChanges: async (request) =>
    pageResponse(request, await listChangePage(db, request.query, request.options)),
  getReferenceChange: async ({ params, options }) => ({ value: await changeById(db, params.id, options) }),
  getConfig: async () => ({ json: await readConfigResponse(services.environment.CONFIG_FILE) }),
  getOpenApi: async () => ({ json: await readOpenApi(services.environment.OPENAPI_FILE) }),
});
