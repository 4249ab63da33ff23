import { METRICS, PER_VERSION } from '../../functions/metrics/metric-catalogue.ts';
import { backendOf } from '../config/database-backend.ts';
import type { Settings } from '../config/schema.ts';
import { type CostLine, LEAST_PROXY_ACU } from './prices.ts';

/** The workload of the estimate. Each number has its source. */
export const WORK = {
  /** Ticks stored. */
  ticks: 1_000_000_000,
  /** Ticks per batch. */
  batch: 10_000,
  /** Ticks per second under load: the target of the original. */
  perSecond: 10_000,
  /** One tick with its indexes: docs/schema.md, measured. Bytes. */
  bytesPerTick: 233,
  /** Capacity of each instance of the cluster under load. Assumed: nobody has measured it on Aurora. ACU. */
  acu: 8,
  /**
   * Duration of an invocation of ingest. Assumed: twice the handler's time through PgBouncer on two cores, plus a
   * network. Seconds.
   */
  ingestSeconds: 0.5,
  /** Log volume per request: access log, invocation, metrics. Assumed. KB. */
  logKb: 3,
  /** Bytes per tick as text, as sent to the Data API. Assumed. */
  textBytesPerTick: 80,
} as const;

/** Functions behind the API, each with metrics of its version. */
const API_FUNCTIONS = 6;

const SECONDS_PER_HOUR = 3600;
const BYTES_PER_GB = 1e9;
/** Aurora bills writes per 4 KB of WAL. */
const BYTES_PER_WRITE = 4096;
const BYTES_PER_DATA_API_CALL = 32 * 1024;
const MILLION = 1e6;

/** The cost of a billion ticks in addition to an idle month, with storage for one month. */
export function busyCost(settings: Settings): CostLine[] {
  const hours = WORK.ticks / WORK.perSecond / SECONDS_PER_HOUR;
  const batches = WORK.ticks / WORK.batch;
  const gigabytes = (WORK.ticks * WORK.bytesPerTick) / BYTES_PER_GB;
  const metrics =
    Object.values(METRICS).filter(({ source }) => source === 'function').length +
    PER_VERSION.metrics.length * API_FUNCTIONS;
  const ingestGb = settings.ingest.memoryMb / 1024;
  return [
    ...databaseCost(settings, hours, gigabytes),
    {
      what: `ingest: ${batches.toLocaleString('en')} invocations of ${WORK.ingestSeconds} s`,
      quantity: batches * WORK.ingestSeconds * ingestGb,
      price: 'lambdaGbSecond',
    },
    { what: 'invocations', quantity: batches / MILLION, price: 'lambdaRequests' },
    { what: 'requests to the API', quantity: batches / MILLION, price: 'httpApi' },
    { what: 'custom metrics of the functions', quantity: metrics, price: 'metric' },
    { what: 'logs', quantity: (batches * WORK.logKb) / MILLION, price: 'logs' },
  ];
}

function databaseCost(settings: Settings, hours: number, gigabytes: number): CostLine[] {
  const { database } = settings;
  if (database.kind === 'postgres') return [];
  if (database.kind === 'neon')
    return [
      {
        what: `Neon: ${hours.toFixed(1)} h at ${database.computeUnits} CU`,
        quantity: hours * database.computeUnits,
        price: 'neonCuHour',
      },
    ];
  const instances = 1 + database.readers;
  const more = Math.max(0, WORK.acu - database.minAcu);
  const viaDataApi = backendOf(database) === 'data-api';
  return [
    {
      what: `Aurora: ${hours.toFixed(1)} h, ${instances} × ${more} ACU more than idle`,
      quantity: instances * more * hours,
      price: 'acuHour',
    },
    { what: `storage of ${gigabytes} GB, per month`, quantity: gigabytes, price: 'auroraStorage' },
    { what: 'writes to storage', quantity: (gigabytes * BYTES_PER_GB) / BYTES_PER_WRITE / MILLION, price: 'auroraIo' },
    viaDataApi
      ? {
          what: 'calls of the Data API',
          quantity: (WORK.ticks * WORK.textBytesPerTick) / BYTES_PER_DATA_API_CALL / MILLION,
          price: 'dataApiCalls',
        }
      : {
          what: 'RDS Proxy, above its minimum',
          quantity: Math.max(0, instances * WORK.acu - LEAST_PROXY_ACU) * hours,
          price: 'proxyAcuHour',
        },
  ];
}
