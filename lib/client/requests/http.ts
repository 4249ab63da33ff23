import type { Authorize } from './auth.ts';
import { TickStoreProblem, TickStoreUnreachable } from './problem.ts';

/** One request, which may be attempted several times. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string | undefined;
  /** Statuses that count as success; any other is an error. */
  readonly statuses: readonly number[];
  readonly signal: AbortSignal | undefined;
}

/** A successful response. */
export interface HttpReply<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface HttpOptions {
  /** The store's URL, such as `https://abc.execute-api.eu-west-1.amazonaws.com`, without `/v1`. */
  readonly url: string;
  readonly authorize: Authorize | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Timeout of one attempt. Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Sends a request once.
 * @throws TickStoreProblem, TickStoreUnreachable; the signal's reason
 */
export async function attemptRequest(request: HttpRequest, options: HttpOptions): Promise<HttpReply> {
  const { method, body, signal } = request;
  const url = urlOf(request, options.url);
  const headers = new Headers(request.headers);
  const authorized = (await options.authorize?.({ method, url, headers, body })) ?? headers;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await options.fetch(url, {
      ...{ method, headers: authorized },
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return readResponse(response, await response.text(), request.statuses);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof TickStoreProblem) throw cause;
    const why = timeout.aborted ? `no response within ${options.timeoutMs} ms` : reasonOf(cause);
    throw new TickStoreUnreachable(`${method} ${new URL(url).origin}${request.path}: ${why}`, { cause });
  }
}

function readResponse(response: Response, text: string, statuses: readonly number[]): HttpReply {
  const { status, headers } = response;
  const type = headers.get('content-type') ?? '';
  const body = type.includes('json') ? (parse(text) as Record<string, unknown> | undefined) : undefined;
  const isSuccess = statuses.includes(status) && !type.startsWith('application/problem+json');
  if (isSuccess && (body !== undefined || text === '')) return { status, headers, body };
  if (status < 400 && body === undefined)
    throw new TickStoreProblem(status, { title: `not a Tick Store: the response is ${type || 'empty'}` }, headers);
  throw new TickStoreProblem(status, body ?? { title: response.statusText || `HTTP ${status}` }, headers);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    // a proxy cut the response short, or labels a page as JSON: the status describes the error
    return undefined;
  }
}

function urlOf({ path, query }: HttpRequest, base: string): string {
  const url = new URL(base.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, Array.isArray(value) ? value.join(',') : String(value));
  // a space becomes %20: the signature is computed from it, and there `+` means a plus
  url.search = url.search.replaceAll('+', '%20');
  return url.href;
}

/** fetch reports only "fetch failed"; its cause has the reason. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
