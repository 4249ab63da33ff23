import type { Database, Statement } from '../../functions/database/database.ts';
import { DatabaseError } from '../../functions/database/errors.ts';
import { continueOperation } from '../../functions/operations/continue-operation.ts';
import type { OperationTable, RequestedKind } from '../../functions/operations/sql/operation-table.ts';
import { STEP_ROWS } from '../../functions/operations/sql/plan-operation.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { connectBackend } from './backends/connect-backend.ts';
import { manyTicks, startInSteps } from './large-operations.ts';
import { type Reply, startService, type TestService } from './service.ts';

/** The period of the filters of these operations. */
export const PERIOD = { start: '2026-11-02T00:00:00.000000Z', end: '2026-11-03T00:00:00.000000Z' };

/** Rows of a step here: the smallest work that still has steps. Steps of their own size are in `operations-large.test.ts`. */
export const STEP = 100;
/** Rows of three steps, of which the last has fewer. */
export const ROWS = 2 * STEP + 10;

interface Options {
  readonly kind?: RequestedKind;
  readonly table?: OperationTable;
  readonly expectedCount?: number;
}

/** A service in which a test starts operations in steps, whatever their size, and continues them by hand. */
export interface StepwiseService {
  readonly service: TestService;
  /** The port on the project's backend. */
  readonly database: Database;
  /** What the runs have logged. */
  readonly log: string[];
  /** Starts an operation on the ticks, or alert logs, of an instrument in `PERIOD`. Returns its id. */
  start(symbol: string, options?: Options): Promise<number>;
  /** Runs the runner once. */
  run(id: number): ReturnType<typeof continueOperation>;
  /** Runs the runner and lets it fail after some transactions. The plan is one transaction, and so is each step. */
  runFor(id: number, transactions: number): Promise<void>;
  /** Runs the schedule once. */
  schedule(): ReturnType<TestService['environments']['invoke']>;
  operation(id: number, kind?: string): Promise<Reply['body']>;
  /** A new instrument with enough ticks for three steps. */
  threeSteps(): ReturnType<typeof manyTicks>;
  stop(): Promise<void>;
}

export async function startStepwiseService(): Promise<StepwiseService> {
  const service = await startService();
  const backend = await connectBackend(service.database);
  const database = backend.open();
  const log: string[] = [];
  const logger = createLogger((line) => void log.push(line));
  const runOn = (on: Database, id: number) =>
    continueOperation(
      inSmallSteps(on),
      id,
      { deadline: Date.now() + 20_000, idempotent: true },
      logger,
      Date.now() + 10_000,
    );
  return {
    ...{ service, database, log },
    start: async (symbol, options = {}) => {
      const { body } = await service.get(`/v1/instruments/${symbol}`);
      return startInSteps(database, { filter: { instrumentId: body.id, barLength: 0, ...PERIOD } }, options);
    },
    run: (id) => runOn(database, id),
    runFor: async (id, transactions) => {
      await runOn(dyingAfter(database, transactions), id);
    },
    schedule: () => service.environments.invoke('maintain-partitions', { task: 'operations' }),
    operation: async (id, kind = 'market-data') => (await service.get(`/v1/${kind}/operations/${id}`)).body,
    threeSteps: () => manyTicks(service, ROWS, '2026-11-02T01:00:00Z'),
    stop: async () => {
      await database.close();
      await backend.stop();
      await service.stop();
    },
  };
}

/** Plans steps of `STEP` rows. Who continues the plan takes them as they are. */
const inSmallSteps = (database: Database): Database => ({
  capabilities: database.capabilities,
  run: (...args) => database.run(...args),
  transaction: (statements, ...rest) => database.transaction(Array.from(statements, withSmallSteps), ...rest),
  close: async () => undefined,
});

function withSmallSteps(statement: Statement): Statement {
  if (!statement.name.startsWith('plan-slice-')) return statement;
  const [before = '', after, ...more] = statement.text.split(`/ ${STEP_ROWS} as nth`);
  if (after === undefined || more.length > 0) throw new Error(`${statement.name} has another way to cut into steps`);
  return { ...statement, text: `${before}/ ${STEP} as nth${after}` };
}

/** A database that fails after some transactions, as if the runner had crashed. */
export function dyingAfter(database: Database, transactions: number): Database {
  let left = transactions;
  return {
    capabilities: database.capabilities,
    run: (...args) => database.run(...args),
    transaction: async (...args) => {
      if (left-- > 0) return database.transaction(...args);
      throw new DatabaseError('conflict', 'the runner has died', { rolledBack: true });
    },
    close: async () => undefined,
  };
}
