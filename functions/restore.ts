import { restoreRequests } from './contract/operation-requests.ts';
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

async function restore(table: OperationTable, request: OperationRequest) {
  const stored = await runOperation(database, 'restoration', table, request);
  return storedResponse(stored, operationMeasurement, locationOf(stored));
}

/** Restoration of deleted ticks and alert logs, and the undo of a deletion. */
export const handler = apiHandler(services, restoreRequests, {
  restoreMarketData: (request) => restore('market_data', request),
  restoreAlertLogs: (request) => restore('alert_logs', request),
});
