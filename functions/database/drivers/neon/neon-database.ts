import type { CallOptions, Capabilities, Database, Parameter, Row, Statement } from '../../database.ts';
import { type PostgresOptions, PostgresPool } from '../postgres/postgres-pool.ts';
import { NeonHttp } from './neon-http.ts';
import { neonSocket, useEndpoint } from './neon-socket.ts';

/** How a `NeonDatabase` connects. */
export interface NeonOptions extends PostgresOptions {
  /** The address of Neon's HTTP and WebSocket endpoints if it is not the URL's host, such as a local emulation. */
  readonly endpoint?: string | undefined;
  /**
   * A call uses the WebSocket if its values are at least this large, estimated as text. 0 means every call. The health probe
   * needs this, because HTTP does not show how long a call waited for a server. Bytes.
   */
  readonly socketFromBytes?: number;
}

/**
 * The default of `socketFromBytes`. From 10,000 rows on, HTTP and the WebSocket take about the same time here
 * (docs/backends.md), but the WebSocket costs a round trip per statement. So HTTP is used while its request stays under 10
 * MiB, the lowest limit that Neon's proxy is known to have had. The margin is for extreme doubles, which make a request two
 * and a half times as long as estimated.
 */
export const SOCKET_FROM_BYTES = 4_000_000;

/**
 * The port over `@neondatabase/serverless`. Calls use HTTP, with one request each. Calls with much data use the WebSocket,
 * where arrays are sent in binary format.
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
    // with a password function the client ignores the URL's sslmode, because TLS is up to the WebSocket
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

/**
 * Estimates the length of a value as text: 28 characters for a time, 10 for another number, a string's own length plus quotes.
 */
function textBytes(value: Parameter): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 10;
  if (value instanceof Uint8Array) return value.length * 2;
  if (value.element !== 'text') return value.values.length * (value.element === 'timestamptz' ? 28 : 10);
  let bytes = 0;
  for (let i = 0; i < value.values.length; i++) bytes += ((value.values[i] as string | null)?.length ?? 0) + 3;
  return bytes;
}
