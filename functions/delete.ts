import { api } from './http/api.ts';
import { stored } from './http/call.ts';
import { operationMeasurement } from './operations/operation-measurement.ts';
import { operate } from './operations/run-operation.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;

/** Soft deletion of ticks and of alert logs. */
export const handler = api<'delete'>(services, {
  deleteMarketData: async (call) =>
    stored(await operate(database, 'deletion', 'market_data', call), operationMeasurement),
  deleteAlertLogs: async (call) =>
    stored(await operate(database, 'deletion', 'alert_logs', call), operationMeasurement),
});
