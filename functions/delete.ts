import { apiHandler } from './http/api-handler.ts';
import { storedResponse } from './http/stored-response.ts';
import { operationMeasurement } from './operations/operation-measurement.ts';
import { runOperation } from './operations/run-operation.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;

/** Soft deletion of ticks and of alert logs. */
export const handler = apiHandler<'delete'>(services, {
  deleteMarketData: async (request) =>
    storedResponse(await runOperation(database, 'deletion', 'market_data', request), operationMeasurement),
  deleteAlertLogs: async (request) =>
    storedResponse(await runOperation(database, 'deletion', 'alert_logs', request), operationMeasurement),
});
