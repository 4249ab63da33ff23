import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { connectDatabase } from './database/connect/connect-database.ts';
import { SmokeFailure, smokeRun } from './deploy/smoke-run.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createServices } from './services.ts';

const { database, environment, logger } = await createServices();

/**
 * Run by a deployment after the migration, and before anything takes traffic: two rows go in and out, through the pooler, as
 * the functions connect. An error fails the deployment. Where plain statements would work, the error says which settings to
 * change.
 */
export const handler = middy(async (_event: unknown, context: Context) => {
  const options = { deadline: Date.now() + context.getRemainingTimeInMillis(), idempotent: true };
  try {
    const ways = await smokeRun(database, options);
    logger.info('smoke run passed', { ways });
    return { ways };
  } catch (error) {
    if (!(error instanceof SmokeFailure) || environment.DATABASE_DRIVER !== 'pg') throw error;
    const plain = await connectDatabase({ ...environment, COPY: 'off', PIPELINING: 'off' }, logger);
    try {
      await smokeRun(plain, options);
    } catch {
      // nothing works: the first error says why
      throw error;
    } finally {
      await plain.close();
    }
    throw new SmokeFailure(
      `${error.message}. Plain statements work: deploy with pooler: { copy: 'off', pipelining: 'off' } in infra.config.ts.`,
      { cause: error },
    );
  }
}).use(logInvocation(logger));
