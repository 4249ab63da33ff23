import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { createProbeServices } from './health/probe-services.ts';
import { samplesPerRun } from './health/samples-per-run.ts';
import { LIMITS, takeSample } from './health/take-sample.ts';
import { invocationMetrics, readEmitter } from './metrics/invocation-metrics.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createServices } from './services.ts';

const services = await createServices({ acquireTimeoutMs: LIMITS.acquire, reportWaits: true });
const { environment, recorder } = services;
const probe = await createProbeServices(services);
const intervalMs = environment.PROBE_INTERVAL_SECONDS * 1000;

/** Takes samples one interval apart, started by a schedule every minute; or one on request. Returns the last one's status and alerts. */
export const handler = middy(async (event: unknown, context: Context) => {
  const started = Date.now();
  const samples = samplesPerRun(event, intervalMs, context.getRemainingTimeInMillis());
  let analysis = await takeSample(probe);
  for (let taken = 1; taken < samples; taken++) {
    await sleep(started + taken * intervalMs - Date.now());
    analysis = await takeSample(probe);
  }
  return analysis;
})
  .use(logInvocation(services.logger))
  .use(
    invocationMetrics({
      recorder,
      emitter: readEmitter(environment),
      // the probe mostly waits, so its duration says nothing about the service
      measurementOf: () => ({ metrics: { TotalMs: null } }),
    }),
  );
