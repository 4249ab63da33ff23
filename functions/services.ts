import { type ConnectOptions, connectDatabase } from './database/connect/connect-database.ts';
import type { Database } from './database/database.ts';
import { CallRecorder } from './metrics/call-recorder.ts';
import { type Environment, readEnvironment } from './runtime/environment.ts';
import { letHeapGrow } from './runtime/heap-growth.ts';
import { createLogger, type InvocationLogger } from './runtime/logger.ts';

/** State that lives as long as the execution environment. */
export interface Services {
  readonly environment: Environment;
  readonly logger: InvocationLogger;
  readonly database: Database;
  /** Records the database calls of the current invocation. */
  readonly recorder: CallRecorder;
}

/** Called once, when the function's module loads. It reads a secret if the URL is in one, but does not connect yet. */
export async function createServices(options: ConnectOptions = {}): Promise<Services> {
  letHeapGrow();
  const environment = readEnvironment();
  const logger = createLogger(undefined, environment.SERVICE_NAME);
  const recorder = new CallRecorder();
  const database = await connectDatabase(environment, logger, { onCall: recorder.onCall, ...options });
  return { environment, logger, database, recorder };
}
