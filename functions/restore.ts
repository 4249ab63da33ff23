import { apiHandler } from './http/api-handler.ts';
import { storedResponse } from './http/stored-response.ts';
import { operationMeasurement } from './operations/operation-measurement.ts';
import { runOperation } from './operations/run-operation.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;

/** Restoration of deleted ticks and alert logs, and the undo of a deletion. */
export const handler = apiHandler<'restore'>(services, {
  restoreMarketData: async (request) =>
    storedResponse(await runOperation(database, 'restoration', 'market_data', request), operationMeasurement),
  restoreAlertLogs: async (request) =>
    storedResponse(await runOperation(database, 'restoration', 'alert_logs', request), operationMeasurement),
});
