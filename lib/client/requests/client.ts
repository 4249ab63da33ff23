import { OPERATIONS, type Operations } from './api.ts';
import type { Authorize } from './auth.ts';
import { attemptRequest, type HttpReply } from './http.ts';
import { DEFAULT_RETRY, type RetryPolicy, withRetries } from './retry.ts';

export type OperationName = keyof Operations;

/** A body that is sent as it is, in place of a JSON document. */
export interface RawBody {
  readonly content: Uint8Array<ArrayBuffer> | string;
  /** Its media type, such as `text/csv`. */
  readonly type: string;
  readonly encoding?: 'gzip' | undefined;
}

/** Options of any call. */
export interface CallOptions {
  /** The `Idempotency-Key`, where the operation takes one. Made for the call unless given. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The ETag of the state that is to be read or changed; any other is a `precondition_failed`. */
  readonly ifMatch?: string | undefined;
  /** On a write `*`: only create. On a read the ETag that one has: `reply` then returns status 304 and no body while it is the same. */
  readonly ifNoneMatch?: string | undefined;
  /** In place of the client's. */
  readonly retry?: Partial<RetryPolicy> | undefined;
}

/** Leaves out what an operation does not have. */
type Given<K extends string, T> = T extends undefined
  ? { readonly [key in K]?: never }
  : Record<string, never> extends T
    ? { readonly [key in K]?: T }
    : { readonly [key in K]: T };

/** What an operation is called with: parameters of the path and the query, a body, options. */
export type CallArguments<O extends OperationName> = CallOptions &
  Given<'path', Operations[O]['path']> & { readonly query?: Operations[O]['query'] | undefined } & (
    | Given<'body', Operations[O]['body']>
    | { readonly raw: RawBody }
  );

/** The body of an operation's response. */
export type ResponseBody<O extends OperationName> = Operations[O]['response'];

/** A request by method and path, for a path that this client's types do not have. */
export interface PlainRequest extends CallOptions {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly raw?: RawBody | undefined;
  /** Whether it is sent with an `Idempotency-Key`. */
  readonly keyed?: boolean | undefined;
  /** Statuses that are a success. Default 200 and 202. */
  readonly statuses?: readonly number[] | undefined;
}

export interface ClientOptions {
  /** Where the store is, such as `http://127.0.0.1:3000`; without `/v1`. */
  readonly url: string;
  /** `bearer(…)` or `sigV4(…)`; the local service needs none. */
  readonly auth?: Authorize | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Of one attempt. Milliseconds. Default 35,000: API Gateway gives up after 30,000. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A typed client of the store's HTTP interface. */
export interface Client {
  readonly url: string;
  /**
   * Calls an operation and returns its response's body. It retries what may succeed later; a write has one key for all attempts.
   * @throws TickStoreProblem for an error response, TickStoreUnreachable if there is no response; the signal's reason
   */
  call<O extends OperationName>(operation: O, args: CallArguments<O>): Promise<ResponseBody<O>>;
  /** The same with the status and the headers, such as `Idempotency-Replayed`. */
  reply<O extends OperationName>(operation: O, args: CallArguments<O>): Promise<HttpReply<ResponseBody<O>>>;
  /** A request by method and path. */
  request(method: string, path: string, request?: PlainRequest): Promise<HttpReply>;
}

const TIMEOUT_MS = 35_000;

/** Makes a client. It holds nothing open, so there is nothing to close. */
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

/** `/v1/instruments/{symbol}` with its parameters in place. */
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
