import { type NeonQueryFunction, neon, types } from '@neondatabase/serverless';
import type { CallOptions, Parameter, Row, Statement } from '../database.ts';
import { DatabaseError } from '../errors.ts';
import { arrayLiteral, doubleText } from './array-literal.ts';
import { isPasswordRefused, isTooLargeForHttp, neonError } from './neon-errors.ts';
import { observed } from './observe.ts';
import { DEADLINE_MARGIN_MS } from './pg-call.ts';
import { typeParsers } from './pg-types.ts';
import type { WireOptions } from './wire.ts';

/** The port's calls over Neon's HTTP: one request each, nothing kept between them. Null for what is too large for it. */
export class NeonHttp {
  readonly #options: WireOptions;
  readonly #sql: NeonQueryFunction<false, false>;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#sql = neon(options.url);
  }

  /** One statement, which Neon runs outside any transaction of its own. */
  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[] | null> {
    const { text, values } = statement;
    return this.#call([statement], options, async (request) => {
      return (await this.#sql.query(text, values.map(toText), { ...request, types: TYPES })) as R[];
    });
  }

  /** All statements in one transaction, at the isolation level that the other routes have. */
  transaction(statements: readonly Statement[], options: CallOptions): Promise<Row[][] | null> {
    return this.#call(statements, options, (request) => {
      const queries = statements.map(({ text, values }) => this.#sql.query(text, values.map(toText), { types: TYPES }));
      return this.#sql.transaction(queries, { ...request, isolationLevel: 'ReadCommitted' }) as Promise<Row[][]>;
    });
  }

  #call<T>(
    statements: readonly Statement[],
    options: CallOptions,
    send: (request: Request) => Promise<T>,
  ): Promise<T | null> {
    const attempt = async (): Promise<T | null> => {
      try {
        return await this.#attempt(statements, options, send);
      } catch (error) {
        if (isTooLargeForHttp(error, options.idempotent)) return null;
        if (this.#options.onPasswordRefused === undefined || !isPasswordRefused(error)) throw error;
        this.#options.onPasswordRefused();
        return await this.#attempt(statements, options, send);
      }
    };
    return observed(
      (seen) => {
        seen.statements.push(...statements.map(({ name }) => name));
        return attempt();
      },
      options,
      this.#options.onCall,
    );
  }

  async #attempt<T>(
    statements: readonly Statement[],
    options: CallOptions,
    send: (request: Request) => Promise<T>,
  ): Promise<T> {
    const { acquireTimeoutMs, queryTimeoutMs } = this.#options;
    const limitMs = Math.min(acquireTimeoutMs + queryTimeoutMs, options.deadline - DEADLINE_MARGIN_MS - Date.now());
    if (limitMs <= 0) throw new DatabaseError('timeout', 'no time left to ask', { rolledBack: true });
    const login = await this.#login();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limitMs);
    try {
      return await send({ ...login, fetchOptions: { signal: late.signal } });
    } catch (error) {
      // Neon may have the statements and be running them
      if (late.signal.aborted)
        throw new DatabaseError('timeout', `no answer within ${Math.round(limitMs)} ms`, { rolledBack: false }, error);
      throw neonError(error, statements);
    } finally {
      clearTimeout(timer);
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

interface Request {
  readonly password?: string;
  readonly fetchOptions: { readonly signal: AbortSignal };
}

const TYPES = typeParsers(types);

/** Everything travels as text, and every placeholder is cast. */
function toText(value: Parameter): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  if (typeof value === 'number') return doubleText(value);
  return typeof value === 'object' ? arrayLiteral(value) : String(value);
}
