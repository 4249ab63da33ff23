import { type ConnectOptions, connectDatabase } from './database/connect/connect-database.ts';
import type { Database } from './database/database.ts';
import { CallRecorder } from './metrics/call-recorder.ts';
import { type Environment, readEnvironment } from './runtime/environment.ts';
import { createLogger, type InvocationLogger } from './runtime/logger.ts';

/** What an execution environment keeps for its lifetime. */
export interface Services {
  readonly environment: Environment;
  readonly logger: InvocationLogger;
  readonly database: Database;
  /** The calls to the database of the invocation under way. */
  readonly recorder: CallRecorder;
}

/** Called once, when the function's module loads. Does not connect yet; reads a secret if the URL is in one. */
export async function createServices(options: ConnectOptions = {}): Promise<Services> {
  const environment = readEnvironment();
  const logger = createLogger(undefined, environment.SERVICE_NAME);
  const recorder = new CallRecorder();
  const database = await connectDatabase(environment, logger, { onCall: recorder.onCall, ...options });
  return { environment, logger, database, recorder };
}
