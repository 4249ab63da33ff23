import { healthRequests } from './contract/health-requests.ts';
import { connectPlatform } from './health/connect-platform.ts';
import { currentHealth, findLastSample, listSamplePage, sleepingHealth } from './health/read-health.ts';
import { apiHandler } from './http/api-handler.ts';
import { pageResponse } from './http/page-response.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database: db, environment } = services;
const platform = environment.DATABASE_MAY_SLEEP === 'true' ? await connectPlatform(environment) : null;
const intervalSeconds = environment.PROBE_INTERVAL_SECONDS;

/** Health of the service, from the probe's samples. */
export const handler = apiHandler(services, healthRequests, {
  getHealth: async ({ options }) => {
    const value = (await sleepingHealth(platform)) ?? (await currentHealth(db, intervalSeconds, options));
    if (value.status === 'healthy' || value.status === 'warning') return { value };
    // the status cannot change before the next sample
    const headers = { 'Retry-After': String(intervalSeconds) };
    return { value, status: 503, headers, measurement: { metrics: { UnhealthyResponses: 1, ServerErrors: 1 } } };
  },
  listHealth: async (request) => pageResponse(request, await listSamplePage(db, request.query, request.options)),
  getPoolHealth: async ({ options }) => {
    const last = await findLastSample(db, options);
    return { value: { ...timesOf(last), pool: last?.sample.pool ?? null } };
  },
  getPartitionHealth: async ({ options }) => {
    const last = await findLastSample(db, options);
    const { partitions = null, runwayDays = null, defaultRows = null, archivedPartitions = null } = last?.sample ?? {};
    return { value: { ...timesOf(last), partitions, runwayDays, defaultRows, archivedPartitions } };
  },
  getPerformance: async ({ options }) => {
    const last = await findLastSample(db, options);
    const { intervalSeconds: interval = null, performance = null, database } = last?.sample ?? {};
    const cacheHitRatio = database?.cacheHitRatio ?? null;
    return { value: { ...timesOf(last), intervalSeconds: interval, performance, cacheHitRatio } };
  },
});

const timesOf = (last: Awaited<ReturnType<typeof findLastSample>>) => ({
  takenAt: last?.sample.takenAt ?? null,
  ageSeconds: last?.ageSeconds ?? null,
});
