import { connectPlatform } from './health/connect-platform.ts';
import { currentHealth, lastSample, pageOfSamples, sleepingHealth } from './health/read-health.ts';
import { api } from './http/api.ts';
import { pageAnswer } from './http/page.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database: db, environment } = services;
const platform = environment.DATABASE_MAY_SLEEP === 'true' ? await connectPlatform(environment) : null;
const intervalSeconds = environment.PROBE_INTERVAL_SECONDS;

/** How the service is, by what its probe has found. */
export const handler = api<'health'>(services, {
  getHealth: async ({ options }) => {
    const value = (await sleepingHealth(platform)) ?? (await currentHealth(db, intervalSeconds, options));
    return { value, status: value.status === 'healthy' || value.status === 'warning' ? 200 : 503 };
  },
  listHealth: async ({ query, options }) => pageAnswer(await pageOfSamples(db, query, options)),
  getPoolHealth: async ({ options }) => {
    const last = await lastSample(db, options);
    return { value: { ...timesOf(last), pool: last?.sample.pool ?? null } };
  },
  getPartitionHealth: async ({ options }) => {
    const last = await lastSample(db, options);
    const { partitions = null, runwayDays = null, defaultRows = null, archivedPartitions = null } = last?.sample ?? {};
    return { value: { ...timesOf(last), partitions, runwayDays, defaultRows, archivedPartitions } };
  },
  getPerformance: async ({ options }) => {
    const last = await lastSample(db, options);
    const { intervalSeconds: interval = null, performance = null, database } = last?.sample ?? {};
    const cacheHitRatio = database?.cacheHitRatio ?? null;
    return { value: { ...timesOf(last), intervalSeconds: interval, performance, cacheHitRatio } };
  },
});

const timesOf = (last: Awaited<ReturnType<typeof lastSample>>) => ({
  takenAt: last?.sample.takenAt ?? null,
  ageSeconds: last?.ageSeconds ?? null,
});
