import { setTimeout as sleep } from 'node:timers/promises';
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  type RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { type CallOptions, DEADLINE_MARGIN_MS, type Row, type Session, type Statement } from '../../database.ts';
import { DatabaseError } from '../../errors.ts';
import { addWait, type CallObservation } from '../observe-call.ts';
import {
  dataApiError,
  isNotRun,
  isStatementTimeout,
  isStillRunning,
  isThrottled,
  isTransactionGone,
} from './data-api-errors.ts';
import { type PreparedStatement, prepare } from './data-api-requests.ts';
import { type Execute, exceedsResult, fetchInPieces, isQuery, rowsOf } from './data-api-results.ts';

/** The longest wait for a rollback. After that, the service rolls back by itself when the role's timeout has passed. */
const ROLLBACK_TIMEOUT_MS = 1_500;
/**
 * The pause between two attempts of a call that was not run. It doubles each time, up to the maximum. A cluster resumes in
 * about 15 s.
 */
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;

/** The database, in the service's terms. */
export interface Target {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** How long one call may wait to begin, and how long it may then run. Milliseconds. */
export interface DataApiLimits {
  readonly acquireTimeoutMs: number;
  readonly queryTimeoutMs: number;
  /** Whether a statement continues after its call has timed out, and the call waits until it ends. */
  readonly outlastTimeout?: boolean | undefined;
}

/** One call to the port. It sends the statements and tracks the outcome of the transaction. */
export class DataApiCall implements Session {
  readonly #client: RDSDataClient;
  readonly #target: Target;
  readonly #limits: DataApiLimits;
  readonly #observation: CallObservation;
  readonly #until: number;
  readonly #callerUntil: number;
  /** Whether every query is fetched in pieces, because one was too large. */
  readonly #inPieces: boolean;
  #transactionId: string | undefined;
  #commitSent = false;
  /** The requests that `needsTransaction` prepared, so that large arrays are not encoded twice. */
  #prepared: { readonly statement: Statement; readonly requests: PreparedStatement } | undefined;

  constructor(
    client: RDSDataClient,
    target: Target,
    limits: DataApiLimits,
    options: CallOptions,
    observation: CallObservation,
    inPieces: boolean,
  ) {
    this.#client = client;
    this.#target = target;
    this.#limits = limits;
    this.#observation = observation;
    this.#inPieces = inPieces;
    this.#callerUntil = options.deadline;
    const mostMs = limits.acquireTimeoutMs + limits.queryTimeoutMs;
    this.#until = Math.min(Date.now() + mostMs, options.deadline - DEADLINE_MARGIN_MS);
  }

  /** Whether the statement needs a transaction, because its values or its result must be sent in pieces. */
  needsTransaction(statement: Statement): boolean {
    this.#prepared = { statement, requests: prepare(statement) };
    return this.#comesInPieces(statement) || this.#prepared.requests.uploads.length > 0;
  }

  async begin(): Promise<void> {
    const started = performance.now();
    const { acquireTimeoutMs } = this.#limits;
    const command = new BeginTransactionCommand(this.#target);
    try {
      const { transactionId } = await this.#send(
        'begin',
        (abortSignal) => this.#client.send(command, { abortSignal }),
        acquireTimeoutMs,
      );
      this.#transactionId = transactionId;
    } finally {
      addWait(this.#observation, started);
    }
  }

  async run<R extends Row = Row>(statement: Statement): Promise<R[]> {
    this.#observation.statements.push(statement.name);
    const prepared = this.#prepared?.statement === statement ? this.#prepared.requests : prepare(statement);
    this.#prepared = undefined;
    const { input, uploads } = prepared;
    const execute: Execute = (request) => this.#execute(statement.name, request);
    for (const upload of uploads) await execute(upload);
    if (this.#comesInPieces(statement)) return fetchInPieces<R>(execute, statement.text, input);
    try {
      return rowsOf<R>(await execute({ ...input, includeResultMetadata: true }));
    } catch (error) {
      if (!this.#outlastsTimeout || !isStatementTimeout(error)) throw error;
      await this.#outlast(statement.name);
      return [];
    }
  }

  get #outlastsTimeout(): boolean {
    return this.#limits.outlastTimeout === true && this.#transactionId !== undefined;
  }

  /** Waits for a statement whose call has timed out. Until it ends, the service rejects other statements in the transaction. */
  async #outlast(name: string): Promise<void> {
    for (;;) {
      await sleep(MAX_PAUSE_MS);
      try {
        // this also fails if the statement has failed, because that ends the transaction
        await this.#execute(name, { sql: 'select 1' });
        return;
      } catch (error) {
        if (isStillRunning(error)) continue;
        if (!isTransactionGone(error)) throw error;
        const message = `${name} failed after the service had stopped waiting for it; the database's log says why`;
        throw new DatabaseError('bug', message, { statement: name, rolledBack: true }, error);
      }
    }
  }

  copy(): Promise<void> {
    throw new DatabaseError('bug', 'the Data API has no COPY', { statement: 'copy', rolledBack: true });
  }

  finish<R extends Row = Row>(statement: Statement): Promise<R[]> {
    return this.run<R>(statement);
  }

  async commit(): Promise<void> {
    const transactionId = this.#transactionId as string;
    const { resourceArn, secretArn } = this.#target;
    const command = new CommitTransactionCommand({ resourceArn, secretArn, transactionId });
    this.#commitSent = true;
    const { transactionStatus } = await this.#send('commit', (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    if (transactionStatus !== 'Transaction Committed')
      throw new DatabaseError('bug', `the transaction had failed: ${transactionStatus}`, { rolledBack: true });
  }

  /** Releases the transaction's locks at once if the service still responds. Otherwise they are held until the role's timeout. */
  async rollback(): Promise<void> {
    const transactionId = this.#transactionId;
    if (transactionId === undefined) return;
    const { resourceArn, secretArn } = this.#target;
    const timeMs = Math.min(ROLLBACK_TIMEOUT_MS, Math.max(50, this.#callerUntil - Date.now()));
    const command = new RollbackTransactionCommand({ resourceArn, secretArn, transactionId });
    try {
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(timeMs) });
    } catch {
      // the caller sees the error that led here
    }
  }

  #comesInPieces(statement: Statement): boolean {
    return exceedsResult(statement.expected) || (this.#inPieces && isQuery(statement.text));
  }

  #execute(name: string, input: Partial<ExecuteStatementCommandInput>): Promise<ExecuteStatementCommandOutput> {
    const transaction = this.#transactionId === undefined ? {} : { transactionId: this.#transactionId };
    const continues = this.#outlastsTimeout ? { continueAfterTimeout: true } : {};
    const request = { ...this.#target, ...transaction, ...continues, ...input } as ExecuteStatementCommandInput;
    return this.#send(name, (abortSignal) => this.#client.send(new ExecuteStatementCommand(request), { abortSignal }));
  }

  /** Makes one call to the service, and retries it while the service reports that it was not run. */
  async #send<T>(name: string, call: (signal: AbortSignal) => Promise<T>, acquireMs?: number): Promise<T> {
    const mostMs = acquireMs === undefined ? Number.POSITIVE_INFINITY : acquireMs;
    const throttledUntil = Math.min(this.#until, Date.now() + this.#limits.acquireTimeoutMs);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      const leftMs = Math.min(mostMs, this.#until - Date.now());
      // if COMMIT was not sent, nothing remains: an open transaction rolls back
      const rolledBack = !this.#commitSent && (this.#transactionId !== undefined || name === 'begin');
      if (leftMs <= 0)
        throw new DatabaseError('timeout', 'no time left', { statement: name, rolledBack: !this.#commitSent });
      const signal = AbortSignal.timeout(Math.ceil(leftMs));
      try {
        return await call(signal);
      } catch (error) {
        if (signal.aborted) throw this.#late(name, leftMs, rolledBack, acquireMs !== undefined && leftMs === mostMs);
        const again = Date.now() + pauseMs * 1.5;
        if (!isNotRun(error) || again >= (isThrottled(error) ? throttledUntil : this.#until))
          throw dataApiError(error, { statement: name, rolledBack });
        this.#observation.resent++;
        await sleep(pauseMs * (1 + Math.random() / 2));
      }
    }
  }

  #late(statement: string, ms: number, rolledBack: boolean, acquiring: boolean): DatabaseError {
    const message = `no response within ${Math.ceil(ms)} ms`;
    return new DatabaseError(acquiring ? 'overload' : 'timeout', message, { statement, rolledBack });
  }
}
