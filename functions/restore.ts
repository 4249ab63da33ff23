import { api } from './http/api.ts';
import { stored } from './http/call.ts';
import { operationMeasurement } from './operations/operation-measurement.ts';
import { operate } from './operations/run-operation.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;

/** Restoration of deleted ticks and alert logs, and the undo of a deletion. */
export const handler = api<'restore'>(services, {
  restoreMarketData: async (call) =>
    stored(await operate(database, 'restoration', 'market_data', call), operationMeasurement),
  restoreAlertLogs: async (call) =>
    stored(await operate(database, 'restoration', 'alert_logs', call), operationMeasurement),
});
