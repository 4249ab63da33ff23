import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { CallOptions } from './database/database.ts';
import { DatabaseError } from './database/errors.ts';
import { connectPlatform } from './health/connect-platform.ts';
import { isAsleep } from './health/is-asleep.ts';
import { removeAllExpired } from './ledger/remove-expired.ts';
import { invocationMetrics, readEmitter } from './metrics/invocation-metrics.ts';
import { continueOperations, type RunResult } from './operations/continue-operation.ts';
import { runMeasurement } from './operations/operation-measurement.ts';
import { archivePartitions, retentionFrom } from './partitions/archive-partitions.ts';
import { maintainPartitions } from './partitions/maintain-partitions.ts';
import { refreshRollups } from './rollups/refresh-rollups.ts';
import { describeError } from './runtime/describe-error.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createServices } from './services.ts';

const { database, recorder, environment, logger } = await createServices();
const platform = await connectPlatform(environment);

/** A run of operations ends before the next one begins, a minute later. Milliseconds. */
const OPERATIONS_MS = 50_000;
/** And what is left of it refreshes roll-ups; its last statement may take some seconds. Milliseconds. */
const ROLLUPS_MS = 40_000;
const maySleep = environment.DATABASE_MAY_SLEEP === 'true';

/** What the run has measured stands where `invocationMetrics` reads it. */
interface RunState extends Record<string, unknown> {
  result?: RunResult;
}

/**
 * What a schedule runs. Every minute, with `{"task": "operations"}`: the next steps of large operations, then roll-ups. Every night: partitions
 * ahead, old ones into the archive where the configuration says so, expired keys and receipts out. Fails loudly, so that it
 * is retried.
 */
export const handler = middy<unknown, unknown, Error, Context, RunState>({ timeoutEarlyInMillis: 0 })
  .use(logInvocation(logger))
  .use(
    invocationMetrics<RunState>({
      recorder,
      emitter: readEmitter(environment),
      measurementOf: ({ result }) => (result === undefined ? {} : runMeasurement(result)),
    }),
  )
  .use({
    after: ({ internal, event, response }) => {
      if (isOperationsRun(event) && response !== null) internal.result = response as RunResult;
    },
  })
  .handler(async (event, context) => {
    const options = { deadline: Date.now() + context.getRemainingTimeInMillis(), idempotent: true };
    if (!isOperationsRun(event)) return maintain(options);
    // a paused database has no operation that could go on without waking it
    if (await isAsleep(platform, maySleep, logger)) return null;
    return continueRunning(options);
  });

/** A database that is down has alarms of its own, and the next minute tries again: this run does not fail for it. */
async function continueRunning(options: CallOptions): Promise<RunResult | null> {
  const started = Date.now();
  try {
    const result = await continueOperations(database, options, logger, started + OPERATIONS_MS);
    await refreshRollups(database, options, logger, started + ROLLUPS_MS);
    return result;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind === 'bug' || error.kind === 'constraint') throw error;
    logger.warn('operations wait for the database', { error: describeError(error) });
    return null;
  }
}

const isOperationsRun = (event: unknown) => (event as { task?: unknown } | null)?.task === 'operations';

async function maintain(options: CallOptions) {
  const made = await maintainPartitions(database, new Date(), options);
  const archived = await archivePartitions(database, retentionFrom(environment), options, logger);
  const expired = await removeAllExpired(database, environment.KEEP_KEY_DAYS, options);
  logger.info('partitions maintained', { made, archived, expired });
  return { made, archived, expired };
}
