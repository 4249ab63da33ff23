import { deleteRequests } from './contract/operation-requests.ts';
import { connectAhead } from './database/connect/connect-ahead.ts';
import { apiHandler } from './http/api-handler.ts';
import { storedResponse } from './http/stored-response.ts';
import { operationMeasurement } from './operations/operation-measurement.ts';
import { locationOf, type OperationRequest } from './operations/operation-request.ts';
import { runOperation } from './operations/run-operation.ts';
import type { OperationTable } from './operations/sql/operation-table.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;
await connectAhead(services);

async function remove(table: OperationTable, request: OperationRequest) {
  const stored = await runOperation(database, 'deletion', table, request);
  return storedResponse(stored, operationMeasurement, locationOf(stored));
}

/** Soft deletion of ticks and of alert logs. */
export const handler = apiHandler(services, deleteRequests, {
  deleteMarketData: (request) => remove('market_data', request),
  deleteAlertLogs: (request) => remove('alert_logs', request),
});
