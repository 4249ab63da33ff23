import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { invocationMetrics, readEmitter } from './metrics/invocation-metrics.ts';
import { archivePartitions, type Retention } from './partitions/archive-partitions.ts';
import { maintainPartitions } from './partitions/maintain-partitions.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { recorder, environment, logger } = services;

const MONTHS_PER_QUARTER = 3;
const { KEEP_TICK_MONTHS: months, KEEP_ALERT_LOG_QUARTERS: quarters } = environment;
const kept: Retention = {
  ...(months === undefined ? {} : { market_data: months }),
  ...(quarters === undefined ? {} : { alert_logs: quarters * MONTHS_PER_QUARTER }),
};

/**
 * Daily, by a schedule: partitions ahead, and old partitions into the archive where the configuration says so. Fails
 * loudly, so that it is retried.
 */
export const handler = middy(async (_event: unknown, context: Context) => {
  const options = { deadline: Date.now() + context.getRemainingTimeInMillis(), idempotent: true };
  const made = await maintainPartitions(services.database, new Date(), options);
  const archived = await archivePartitions(services.database, kept, options, logger);
  logger.info('partitions maintained', { made, archived });
  return { made, archived };
})
  .use(logInvocation(logger))
  .use(invocationMetrics({ recorder, emitter: readEmitter(environment) }));
