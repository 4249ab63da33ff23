import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { CallOptions, Capabilities, Database, ObservedCall, Row, Session, Statement } from '../../database.ts';
import type { DatabaseError } from '../../errors.ts';
import { type CallObservation, observeCall } from '../observe-call.ts';
import { DataApiCall, type Target } from './data-api-call.ts';
import { isTooLarge } from './data-api-errors.ts';

/** How a `DataApiDatabase` reaches its cluster, and its limits. */
export interface DataApiOptions extends Target {
  /** The longest wait for a transaction to begin, and for a service that throttles. Milliseconds. */
  readonly acquireTimeoutMs: number;
  /** The longest run of one call after that. It must exceed the role's statement_timeout. Milliseconds. */
  readonly queryTimeoutMs: number;
  /** For migrations: a statement in a transaction may take longer than the service waits. It then returns no rows. */
  readonly outlastTimeout?: boolean;
  /** The service's address, such as `http://127.0.0.1:4444`. Default: the one of the environment or the region. */
  readonly endpoint?: string | undefined;
  /** Called at the end of every call. */
  readonly onCall?: ((call: ObservedCall) => void) | undefined;
}

/**
 * The port over the RDS Data API: HTTPS calls, without a database connection. The statements of a transaction run one by
 * one, because the service rejects two at once. Values and results that are too large for one call are sent in pieces.
 *
 * The SDK's own retries are off, because it would repeat a statement whose response was lost and which may be committed.
 */
export class DataApiDatabase implements Database {
  readonly capabilities: Capabilities = {
    copy: false,
    errorDetail: false,
    poolerView: false,
  };
  readonly #client: RDSDataClient;
  readonly #options: DataApiOptions;

  constructor(options: DataApiOptions) {
    this.#options = options;
    this.#client = new RDSDataClient({
      maxAttempts: 1,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      requestHandler: { connectionTimeout: options.acquireTimeoutMs },
    });
  }

  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]> {
    return this.#attempt(options, (call) =>
      call.needsTransaction(statement) ? inTransaction(call, () => call.run<R>(statement)) : call.run<R>(statement),
    );
  }

  transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]> {
    const list = Array.isArray(statements) ? statements : [...statements];
    return this.#attempt(options, (call) =>
      inTransaction(call, async () => {
        const results: Row[][] = [];
        for (const statement of list) results.push(await call.run(statement));
        return results;
      }),
    );
  }

  session<T>(work: (session: Session) => Promise<T>, options: CallOptions): Promise<T> {
    return this.#attempt(options, (call) => inTransaction(call, () => work(call)));
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  /** Runs `work` with retries, and reports the call to the observer. If a result was too large, it is fetched in pieces. */
  #attempt<T>(options: CallOptions, work: (call: DataApiCall) => Promise<T>): Promise<T> {
    const { acquireTimeoutMs, queryTimeoutMs, outlastTimeout, onCall, resourceArn, secretArn, database } =
      this.#options;
    const target = { resourceArn, secretArn, database };
    const limits = { acquireTimeoutMs, queryTimeoutMs, outlastTimeout };
    const once = (observation: CallObservation, inPieces: boolean) =>
      work(new DataApiCall(this.#client, target, limits, options, observation, inPieces));
    return observeCall(
      async (observation) => {
        try {
          return await once(observation, false);
        } catch (thrown) {
          if (!isTooLarge(thrown) || !mayRunAgain(thrown as DatabaseError, options)) throw thrown;
          observation.resent++;
          return await once(observation, true);
        }
      },
      options,
      onCall,
    );
  }
}

const mayRunAgain = (error: DatabaseError, options: CallOptions) => error.fields.rolledBack || options.idempotent;

async function inTransaction<T>(call: DataApiCall, work: () => Promise<T>): Promise<T> {
  await call.begin();
  try {
    const result = await work();
    await call.commit();
    return result;
  } catch (error) {
    await call.rollback();
    throw error;
  }
}
