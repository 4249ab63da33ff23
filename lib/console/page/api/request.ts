import type { FieldError } from '../../../../functions/contract/problem.ts';

/** The body of an error response: a problem document (RFC 9457), or that of another component. */
export interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  readonly [member: string]: unknown;
}

/** A response that is not a success, or no response (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly problem: ProblemDocument;
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: ProblemDocument, retryAfter?: number) {
    super(problem.detail ?? problem.title ?? `The server responded ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export interface RequestOptions {
  readonly method?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent unchanged, with `contentType`. */
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Statuses other than 2xx that have a value: `/v1/health` returns one with 503. */
  readonly accept?: readonly number[];
  readonly etag?: string | undefined;
}

export interface Response<T> {
  readonly status: number;
  /** Undefined for 304. */
  readonly value: T | undefined;
  readonly headers: Headers;
}

/** The base path of the API: next to this page, also under a base path of a custom domain. */
export const BASE = new URL('.', document.baseURI).pathname;
const TOKEN = 'tick-store-token';

export const token = {
  get: (): string | null => sessionStorage.getItem(TOKEN),
  set: (value: string): void =>
    value === '' ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, value),
};

/**
 * One request to the origin that served this page.
 * @param path from the base, such as `/v1/health`
 * @throws ApiError for any status that is neither 2xx, 304 nor accepted, and if no response came
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<Response<T>> {
  const bearer = token.get();
  const response = await fetch(BASE + path.replace(/^\//, ''), {
    method: options.method ?? (options.json === undefined && options.body === undefined ? 'GET' : 'POST'),
    headers: {
      accept: 'application/json',
      ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.etag === undefined ? {} : { 'if-none-match': options.etag }),
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...options.headers,
    },
    body: options.json === undefined ? (options.body ?? null) : JSON.stringify(options.json),
    cache: 'no-store',
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { title: 'No response from the server', detail: 'No response from the server' });
  });
  const { status, headers } = response;
  if (status === 304) return { status, value: undefined, headers };
  const value: unknown = await response.json().catch(() => ({}));
  if (response.ok || options.accept?.includes(status)) return { status, value: value as T, headers };
  const retryAfter = headers.get('retry-after');
  throw new ApiError(status, readProblem(value), retryAfter === null ? undefined : Number(retryAfter));
}

/** API Gateway itself responds `{message}`, the local pages `{problem}`. */
function readProblem(value: unknown): ProblemDocument {
  if (typeof value !== 'object' || value === null) return {};
  const { message, problem } = value as { message?: unknown; problem?: unknown };
  const other = message ?? problem;
  return typeof other === 'string' ? { detail: other, ...value } : (value as ProblemDocument);
}

/** Returns the value of a GET. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const { value } = await request<T>(path, signal ? { signal } : {});
  return value as T;
}

/** Builds a query string with its `?`. Parameters without a value are omitted. */
export function query(params: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const kept = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept.map(([name, value]) => [name, String(value)]))}`;
}
