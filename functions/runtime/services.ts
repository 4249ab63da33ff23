import { ReferenceCache } from '../batches/references.ts';
import { BatchWriter } from '../batches/write.ts';
import { type ConnectOptions, connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import { PartitionKeeper } from '../partitions/keeper.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { createLogger, type Logger } from './logger.ts';
import { CallRecorder } from './recorder.ts';

/** What an execution environment keeps for its whole life. */
export interface Services {
  readonly environment: Environment;
  readonly logger: Logger;
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
  readonly writer: BatchWriter;
  /** The calls to the database of the invocation under way. */
  readonly recorder: CallRecorder;
}

/** Made once, when the function's module loads. Connects to no database yet; reads a secret where the URL is in one. */
export async function createServices(options: ConnectOptions = {}): Promise<Services> {
  const environment = readEnvironment();
  const logger = createLogger();
  const recorder = new CallRecorder();
  const database = await connectDatabase(environment, logger, { onCall: recorder.onCall, ...options });
  return {
    environment,
    logger,
    database,
    references: new ReferenceCache(),
    partitions: new PartitionKeeper(),
    writer: new BatchWriter(database),
    recorder,
  };
}
