import { OPERATIONS, type Operations } from './api.ts';
import type { Authorize } from './auth.ts';
import { attemptRequest, type HttpReply } from './http.ts';
import { DEFAULT_RETRY, type RetryPolicy, withRetries } from './retry.ts';

export type OperationName = keyof Operations;

/** A body that is sent unchanged instead of a JSON document. */
export interface RawBody {
  readonly content: Uint8Array<ArrayBuffer> | string;
  /** Its media type, such as `text/csv`. */
  readonly type: string;
  readonly encoding?: 'gzip' | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** The `Idempotency-Key`, if the operation accepts one. Default: generated for the call. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The ETag of the expected state. If the state differs, the call fails with `precondition_failed`. */
  readonly ifMatch?: string | undefined;
  /**
   * On a write `*`: only create. On a read, the ETag of the known state: while it is unchanged, `reply` returns status
   * 304 without a body.
   */
  readonly ifNoneMatch?: string | undefined;
  /** Overrides the client's policy. */
  readonly retry?: Partial<RetryPolicy> | undefined;
}

/** Removes arguments that an operation does not have. */
type Given<K extends string, T> = T extends undefined
  ? { readonly [key in K]?: never }
  : Record<string, never> extends T
    ? { readonly [key in K]?: T }
    : { readonly [key in K]: T };

/** The arguments of an operation: parameters of the path and the query, a body, options. */
export type CallArguments<O extends OperationName> = CallOptions &
  Given<'path', Operations[O]['path']> & { readonly query?: Operations[O]['query'] | undefined } & (
    | Given<'body', Operations[O]['body']>
    | { readonly raw: RawBody }
  );

/** The body of an operation's response. */
export type ResponseBody<O extends OperationName> = Operations[O]['response'];

/** A request by method and path, for a path that is not among this client's types. */
export interface PlainRequest extends CallOptions {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly raw?: RawBody | undefined;
  /** Whether it is sent with an `Idempotency-Key`. */
  readonly keyed?: boolean | undefined;
  /** Statuses that count as success. Default 200 and 202. */
  readonly statuses?: readonly number[] | undefined;
}

export interface ClientOptions {
  /** The store's URL, such as `http://127.0.0.1:3000`, without `/v1`. */
  readonly url: string;
  /** `bearer(…)` or `sigV4(…)`; the local service needs none. */
  readonly auth?: Authorize | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Timeout of one attempt. Milliseconds. Default 35,000, because API Gateway gives up after 30,000. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A typed client of the store's HTTP interface. */
export interface Client {
  readonly url: string;
  /**
   * Calls an operation and returns its response's body. It retries errors that may be temporary; a write keeps one key
   * for all attempts.
   * @throws TickStoreProblem for an error response, TickStoreUnreachable if there is no response; the signal's reason
   */
  call<O extends OperationName>(operation: O, args: CallArguments<O>): Promise<ResponseBody<O>>;
  /** The same, with the status and the headers, such as `Idempotency-Replayed`. */
  reply<O extends OperationName>(operation: O, args: CallArguments<O>): Promise<HttpReply<ResponseBody<O>>>;
  /** A request by method and path. */
  request(method: string, path: string, request?: PlainRequest): Promise<HttpReply>;
}

const TIMEOUT_MS = 35_000;

/** Creates a client. It keeps nothing open, so it need not be closed. */
export function createClient(options: ClientOptions): Client {
  const { url, auth, timeoutMs = TIMEOUT_MS, fetch = globalThis.fetch } = options;
  const policy = { ...DEFAULT_RETRY, ...options.retry };
  const http = { url, authorize: auth, fetch, timeoutMs };

  const request: Client['request'] = (method, path, given = {}) => {
    const { query = {}, signal, retry, ifMatch, ifNoneMatch } = given;
    const { body, headers } = bodyOf(given);
    if (ifMatch !== undefined) headers['if-match'] = ifMatch;
    if (ifNoneMatch !== undefined) headers['if-none-match'] = ifNoneMatch;
    const statuses = [
      ...(given.statuses ?? [200, 202]),
      ...(method === 'GET' && ifNoneMatch !== undefined ? [304] : []),
    ];
    if (given.keyed) headers['idempotency-key'] = given.key ?? crypto.randomUUID();
    const once = () => attemptRequest({ method, path, query, headers, body, statuses, signal }, http);
    return withRetries(once, { ...policy, ...retry }, signal);
  };
  const reply: Client['reply'] = (operation, args) => {
    const { method, path, keyed, statuses } = OPERATIONS[operation];
    const { path: parameters = {}, ...rest } = args as PlainRequest & { path?: Record<string, unknown> };
    return request(method, fill(path, parameters), { ...rest, keyed, statuses }) as Promise<HttpReply<never>>;
  };
  return { url, request, reply, call: async (operation, args) => (await reply(operation, args)).body };
}

/** Inserts parameters into a path such as `/v1/instruments/{symbol}`. */
const fill = (path: string, parameters: Readonly<Record<string, unknown>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])));

function bodyOf({ body, raw }: PlainRequest): {
  body: Uint8Array<ArrayBuffer> | string | undefined;
  headers: Record<string, string>;
} {
  if (raw !== undefined) {
    const encoding: Record<string, string> = raw.encoding === undefined ? {} : { 'content-encoding': raw.encoding };
    return { body: raw.content, headers: { 'content-type': raw.type, ...encoding } };
  }
  if (body === undefined) return { body: undefined, headers: {} };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
