import type { CallOptions, Capabilities, Database, Parameter, Row, Statement } from '../../database.ts';
import { type PostgresOptions, PostgresPool } from '../postgres/postgres-pool.ts';
import { NeonHttp } from './neon-http.ts';
import { neonSocket, useEndpoint } from './neon-socket.ts';

/** How a `NeonDatabase` connects. */
export interface NeonOptions extends PostgresOptions {
  /** Where Neon's HTTP and WebSocket are, if not at the URL's host: a local endpoint. */
  readonly endpoint?: string | undefined;
  /**
   * A call with at least this much to send goes over the WebSocket; the estimated size of its values as text, in bytes.
   * 0 means always, for a caller that needs to know how long it waited for a server, which HTTP does not show.
   */
  readonly socketFromBytes?: number;
}

/**
 * The default of `socketFromBytes`. From 10,000 rows on both ways take about the same time here (docs/backends.md), but the WebSocket
 * costs a round trip per statement. So HTTP is used as long as its request stays under 10 MiB, the lowest limit that Neon's
 * proxy is known to have had; extreme doubles make a request two and a half times as long as estimated.
 */
export const SOCKET_FROM_BYTES = 4_000_000;

/**
 * The port over `@neondatabase/serverless`: HTTP with one request per call, and for calls with much to send the WebSocket,
 * where arrays are binary.
 */
export class NeonDatabase implements Database {
  readonly capabilities: Capabilities = {
    copy: false,
    errorDetail: true,
    poolerView: false,
  };
  readonly #http: NeonHttp;
  readonly #socket: PostgresPool;
  readonly #socketFromBytes: number;

  constructor({ endpoint, socketFromBytes = SOCKET_FROM_BYTES, ...options }: NeonOptions) {
    if (endpoint !== undefined) useEndpoint(options.url, endpoint);
    this.#socketFromBytes = socketFromBytes;
    this.#http = new NeonHttp(options);
    // a password that is a function keeps the client from reading the URL's sslmode, which is the WebSocket's affair
    const password = options.password ?? (async () => decodeURIComponent(new URL(options.url).password));
    this.#socket = new PostgresPool(neonSocket, { ...options, password });
  }

  async run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]> {
    const result = this.#fitsHttp([statement]) ? await this.#http.run<R>(statement, options) : null;
    return result ?? this.#socket.run<R>(statement, options);
  }

  async transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]> {
    const list = [...statements];
    const result = this.#fitsHttp(list) ? await this.#http.transaction(list, options) : null;
    return result ?? this.#socket.transaction(list, options);
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }

  #fitsHttp(statements: readonly Statement[]): boolean {
    let bytes = 0;
    for (const { values } of statements) for (const value of values) bytes += textBytes(value);
    return bytes < this.#socketFromBytes;
  }
}

/** About how long a value is as text: a time 28 characters, another number 10, a string its own length and quotes. */
function textBytes(value: Parameter): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 10;
  if (value instanceof Uint8Array) return value.length * 2;
  if (value.element !== 'text') return value.values.length * (value.element === 'timestamptz' ? 28 : 10);
  let bytes = 0;
  for (let i = 0; i < value.values.length; i++) bytes += ((value.values[i] as string | null)?.length ?? 0) + 3;
  return bytes;
}
