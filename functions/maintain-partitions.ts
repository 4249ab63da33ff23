import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { maintainPartitions } from './partitions/maintain.ts';
import { emitterOf, invocationMetrics } from './runtime/invocation-metrics.ts';
import { createServices } from './runtime/services.ts';

const services = await createServices();
const { recorder, environment } = services;

/** Daily, by a schedule: partitions ahead, and rows out of the default partition. Fails loudly, so that it is retried. */
export const handler = middy(async (_event: unknown, context: Context) => {
  const options = { deadline: Date.now() + context.getRemainingTimeInMillis(), idempotent: true };
  const made = await maintainPartitions(services.database, new Date(), options);
  services.logger.info('partitions maintained', { made });
  return { made };
}).use(invocationMetrics({ recorder, emitter: emitterOf(environment) }));
