import { alertLogTable } from './alert-logs/alert-log-table.ts';
import { ingestRequests } from './contract/ingest-requests.ts';
import { apiHandler } from './http/api-handler.ts';
import { storedResponse } from './http/stored-response.ts';
import { batchMeasurement } from './ingest/batch-measurement.ts';
import { createIngestServices, ingestBatch } from './ingest/ingest-batch.ts';
import { tickTable } from './market-data/tick-table.ts';
import { createServices } from './services.ts';

const services = await createServices();
const ingest = createIngestServices(services.database);

/** Batch ingest of ticks and of alert logs. */
export const handler = apiHandler(services, ingestRequests, {
  ingestMarketData: async (request) => storedResponse(await ingestBatch(ingest, tickTable, request), batchMeasurement),
  ingestAlertLogs: async (request) =>
    storedResponse(await ingestBatch(ingest, alertLogTable, request), batchMeasurement),
});
