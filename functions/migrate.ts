import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readMigrations } from './database/run-migrations.ts';
import { connectOwner, readOwnerEnvironment } from './deploy/connect-owner.ts';
import { migrateOnDeploy } from './deploy/migrate-on-deploy.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createLogger } from './runtime/logger.ts';

/** How long before the function's timeout a migration gives up, so that its failure is reported. Milliseconds. */
const MARGIN_MS = 5_000;

const logger = createLogger();

/**
 * Run by a deployment, before the new functions take traffic; an error fails the deployment, which then rolls back. The
 * SQL files are next to the bundle.
 */
export const handler = middy(async (_event: unknown, context: Context) => {
  const { database, login } = await connectOwner(readOwnerEnvironment(), logger);
  try {
    const migrations = await readMigrations(new URL('migrations/', import.meta.url));
    const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    return { applied: await migrateOnDeploy({ database, migrations, login, deadline, logger }) };
  } finally {
    await database.close();
  }
}).use(logInvocation(logger));
