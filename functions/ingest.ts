import { alertLogsTable } from './alert-logs/alert-log-table.ts';
import { api } from './http/api.ts';
import { stored } from './http/call.ts';
import { batchMeasurement } from './ingest/batch-measurement.ts';
import { ingestBatch } from './ingest/ingest-batch.ts';
import { marketDataTable } from './market-data/tick-table.ts';
import { createServices } from './services.ts';

const services = await createServices();

/** Batch ingest of ticks and of alert logs. */
export const handler = api<'ingest'>(services, {
  ingestMarketData: async (call) => stored(await ingestBatch(services, marketDataTable, call), batchMeasurement),
  ingestAlertLogs: async (call) => stored(await ingestBatch(services, alertLogsTable, call), batchMeasurement),
});
