import { alertLogTable } from './alert-logs/alert-log-table.ts';
import { ingestRequests } from './contract/ingest-requests.ts';
import { connectAhead } from './database/connect/connect-ahead.ts';
import { type ApiServices, apiHandler } from './http/api-handler.ts';
import { rehearseRequest } from './http/rehearse-request.ts';
import { storedResponse } from './http/stored-response.ts';
import { batchMeasurement } from './ingest/batch-measurement.ts';
import { createIngestServices, type IngestServices, ingestBatch } from './ingest/ingest-batch.ts';
import { madeUpBatch, nowhere } from './ingest/made-up-batch.ts';
import { tickTable } from './market-data/tick-table.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;
const ingest = createIngestServices(database);

const handlerOf = (api: ApiServices, kept: IngestServices) =>
  apiHandler(api, ingestRequests, {
    ingestMarketData: async (request) => storedResponse(await ingestBatch(kept, tickTable, request), batchMeasurement),
    ingestAlertLogs: async (request) =>
      storedResponse(await ingestBatch(kept, alertLogTable, request), batchMeasurement),
  });

/** Batch ingest of ticks and of alert logs. */
export const handler = handlerOf(services, ingest);

const connecting = connectAhead(services, async (options) => {
  await ingest.partitions.ensureCurrent(database, 'market_data', options);
  await ingest.references.preload(database, options);
});
const rehearsed = createIngestServices(nowhere);
const request = { method: 'POST', path: '/v1/market-data', body: madeUpBatch() };
// the first batch with a new instrument is read record by record, later ones in one pass: rehearse both
for (let turn = 0; turn < 2; turn++) await rehearseRequest(services, (api) => handlerOf(api, rehearsed), request);
await connecting;
