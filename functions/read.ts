import { alertById, latestAlerts, listAlerts } from './alert-logs/read-alert-logs.ts';
import { configAnswerOf } from './config/read-config.ts';
import { openApiDocument } from './contract/openapi.ts';
import { api } from './http/api.ts';
import { pageAnswer } from './http/page.ts';
import { receiptOf } from './ingest/find-receipt.ts';
import { latestMarketData, listMarketData, tickById } from './market-data/read-ticks.ts';
import { operationById, pageOfOperations } from './operations/read-operations.ts';
import { allRules, ruleByName } from './reference-data/alert-rules.ts';
import { allInstruments, instrumentBySymbol } from './reference-data/instruments.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database: db } = services;

/** Everything that only reads, and what no route matches. */
export const handler = api<'read'>(services, {
  listMarketData: async ({ query, options }) => pageAnswer(await listMarketData(db, query, options)),
  latestMarketData: async ({ query, options }) => ({ value: { data: await latestMarketData(db, query, options) } }),
  getTick: async ({ params, query, options }) => ({
    value: await tickById(db, params.id, query.includeDeleted, options),
  }),
  getMarketDataBatch: async ({ params, options }) => ({
    json: await receiptOf(db, 'market_data', params.batchId, options),
  }),
  listMarketDataOperations: async ({ query, options }) =>
    pageAnswer(await pageOfOperations(db, 'market_data', query, options)),
  getMarketDataOperation: async ({ params, options }) => ({
    json: await operationById(db, 'market_data', params.id, options),
  }),

  listAlertLogs: async ({ query, options }) => pageAnswer(await listAlerts(db, query, options)),
  latestAlertLogs: async ({ query, options }) => ({ value: { data: await latestAlerts(db, query, options) } }),
  getAlertLog: async ({ params, query, options }) => ({
    value: await alertById(db, params.id, query.includeDeleted, options),
  }),
  getAlertLogBatch: async ({ params, options }) => ({
    json: await receiptOf(db, 'alert_logs', params.batchId, options),
  }),
  listAlertLogOperations: async ({ query, options }) =>
    pageAnswer(await pageOfOperations(db, 'alert_logs', query, options)),
  getAlertLogOperation: async ({ params, options }) => ({
    json: await operationById(db, 'alert_logs', params.id, options),
  }),

  listInstruments: async ({ options }) => ({ value: { data: await allInstruments(db, options) } }),
  getInstrument: async ({ params, options }) => ({ value: await instrumentBySymbol(db, params.symbol, options) }),
  listAlertRules: async ({ options }) => ({ value: { data: await allRules(db, options) } }),
  getAlertRule: async ({ params, options }) => ({ value: await ruleByName(db, params.name, options) }),
  getConfig: async () => ({ value: await configAnswerOf(services.environment.CONFIG_FILE) }),
  getOpenApi: async () => ({ value: openApiDocument(services.environment.RELEASE) }),
});
