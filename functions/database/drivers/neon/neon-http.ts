import { type NeonQueryFunction, neon } from '@neondatabase/serverless';
import { type CallOptions, DEADLINE_MARGIN_MS, type Parameter, type Row, type Statement } from '../../database.ts';
import { DatabaseError } from '../../errors.ts';
import { arrayLiteral, doubleText } from '../array-literal.ts';
import { observeCall } from '../observe-call.ts';
import { CHECK_TIMEOUT_MS } from '../postgres/postgres-call.ts';
import type { PostgresOptions } from '../postgres/postgres-pool.ts';
import { typeParsers } from '../postgres/type-parsers.ts';
import { isPasswordRefused, isTooLargeForHttp, neonError } from './neon-errors.ts';

/**
 * The port's calls over Neon's HTTP, with one request per call and no state between calls. A call returns null if it is too
 * large for HTTP.
 *
 * A request that waits for a server cannot be distinguished from one that runs, and Neon lets it wait for 120 s. So if no
 * response has arrived within the time to acquire, a separate `select 1` is sent. If that succeeds, there are servers, and
 * the call continues. If not, the call ends at once. A read then fails with `overload`. A transaction fails with `timeout`,
 * which leaves the outcome unknown, because it may hold one of the servers or still get one.
 */
export class NeonHttp {
  readonly #options: PostgresOptions;
  readonly #sql: NeonQueryFunction<false, false>;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#sql = neon(options.url);
  }

  /** Runs one statement, without an explicit transaction. */
  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[] | null> {
    const { text, values } = statement;
    return this.#call([statement], 'overload', options, async (request) => {
      return (await this.#sql.query(text, values.map(toText), { ...request, types: typeParsers })) as R[];
    });
  }

  /** Runs all statements in one transaction, at the same isolation level as the other backends. */
  transaction(statements: readonly Statement[], options: CallOptions): Promise<Row[][] | null> {
    return this.#call(statements, 'timeout', options, (request) => {
      const queries = statements.map(({ text, values }) =>
        this.#sql.query(text, values.map(toText), { types: typeParsers }),
      );
      return this.#sql.transaction(queries, { ...request, isolationLevel: 'ReadCommitted' }) as Promise<Row[][]>;
    });
  }

  #call<T>(
    statements: readonly Statement[],
    exhausted: 'overload' | 'timeout',
    options: CallOptions,
    send: (request: NeonCall) => Promise<T>,
  ): Promise<T | null> {
    const attempt = async (): Promise<T | null> => {
      try {
        return await this.#attempt(statements, exhausted, options, send);
      } catch (error) {
        if (isTooLargeForHttp(error, options.idempotent)) return null;
        if (this.#options.onPasswordRefused === undefined || !isPasswordRefused(error)) throw error;
        this.#options.onPasswordRefused();
        return await this.#attempt(statements, exhausted, options, send);
      }
    };
    return observeCall(
      (observation) => {
        observation.statements.push(...statements.map(({ name }) => name));
        return attempt();
      },
      options,
      this.#options.onCall,
    );
  }

  async #attempt<T>(
    statements: readonly Statement[],
    exhausted: 'overload' | 'timeout',
    options: CallOptions,
    send: (request: NeonCall) => Promise<T>,
  ): Promise<T> {
    const { acquireTimeoutMs, queryTimeoutMs } = this.#options;
    const limitMs = Math.min(acquireTimeoutMs + queryTimeoutMs, options.deadline - DEADLINE_MARGIN_MS - Date.now());
    if (limitMs <= 0) throw new DatabaseError('timeout', 'no time left to send the request', { rolledBack: true });
    const login = await this.#login();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limitMs);
    let noServer = false;
    const probing = setTimeout(
      async () => {
        noServer = !(await this.#assignsServers(login, late.signal));
        if (noServer) late.abort();
      },
      Math.min(acquireTimeoutMs, Math.max(0, limitMs - CHECK_TIMEOUT_MS)),
    );
    try {
      return await send({ ...login, fetchOptions: { signal: late.signal } });
    } catch (error) {
      if (!late.signal.aborted) throw neonError(error, statements);
      // Neon may have received the statements and may be running them
      const fields = { rolledBack: false };
      if (noServer) throw new DatabaseError(exhausted, 'the pooler assigns no server', fields, error);
      throw new DatabaseError('timeout', `no response within ${Math.round(limitMs)} ms`, fields, error);
    } finally {
      clearTimeout(timer);
      clearTimeout(probing);
      // if the probe is still running, it is no longer needed
      late.abort();
    }
  }

  /** Whether a trivial statement gets a quick response. Any response counts, even an error. */
  async #assignsServers(login: { password?: string }, ended: AbortSignal): Promise<boolean> {
    const late = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    try {
      await this.#sql.query('select 1', [], { ...login, fetchOptions: { signal: AbortSignal.any([late, ended]) } });
      return true;
    } catch {
      return !late.aborted;
    }
  }

  async #login(): Promise<{ password?: string }> {
    const { password } = this.#options;
    if (password === undefined) return {};
    try {
      return { password: await password() };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new DatabaseError('bug', message, { rolledBack: true }, error);
    }
  }
}

interface NeonCall {
  readonly password?: string;
  readonly fetchOptions: { readonly signal: AbortSignal };
}

/** A value as text. Every placeholder is cast, so values need no type. */
function toText(value: Parameter): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  if (typeof value === 'number') return doubleText(value);
  return typeof value === 'object' ? arrayLiteral(value) : String(value);
}
