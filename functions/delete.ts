import { api } from './http/api.ts';
import { stored } from './http/call.ts';
import { operationMeasurement } from './operations/measurement.ts';
import { operate } from './operations/operate.ts';
import { createServices } from './runtime/services.ts';

const services = await createServices();
const { database } = services;

/** Soft deletion of ticks and of alert logs. */
export const handler = api<'delete'>(services, {
  deleteMarketData: async (call) =>
    stored(await operate(database, 'deletion', 'market_data', call), operationMeasurement),
  deleteAlertLogs: async (call) =>
    stored(await operate(database, 'deletion', 'alert_logs', call), operationMeasurement),
});
