import { ReferenceCache } from '../batches/references.ts';
import { BatchWriter } from '../batches/write.ts';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import { PartitionKeeper } from '../partitions/keeper.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { createLogger, type Logger } from './logger.ts';

/** What an execution environment keeps for its whole life. */
export interface Services {
  readonly environment: Environment;
  readonly logger: Logger;
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
  readonly writer: BatchWriter;
}

/** Made once, when the function's module loads; connects to nothing yet. */
export function createServices(): Services {
  const environment = readEnvironment();
  const logger = createLogger();
  const database = connectDatabase(environment, logger);
  return {
    environment,
    logger,
    database,
    references: new ReferenceCache(),
    partitions: new PartitionKeeper(),
    writer: new BatchWriter(database),
  };
}
