import { alertLogsTable } from './alert-logs/table.ts';
import { ingestBatch } from './batches/ingest.ts';
import { batchMeasurement } from './batches/measurement.ts';
import { api } from './http/api.ts';
import { stored } from './http/call.ts';
import { marketDataTable } from './market-data/table.ts';
import { createServices } from './runtime/services.ts';

const services = await createServices();

/** Batch ingest of ticks and of alert logs. */
export const handler = api<'ingest'>(services, {
  ingestMarketData: async (call) => stored(await ingestBatch(services, marketDataTable, call), batchMeasurement),
  ingestAlertLogs: async (call) => stored(await ingestBatch(services, alertLogsTable, call), batchMeasurement),
});
