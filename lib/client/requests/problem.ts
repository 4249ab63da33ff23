import type { FieldError } from './api.ts';

export type { FieldError };

/**
 * An error response: the service's own problem document (RFC 9457), or an error of a component in front of it. Branch
 * on `code`, which is stable; `message` is for people.
 */
export class TickStoreProblem extends Error {
  override readonly name = 'TickStoreProblem';
  /** The status of the HTTP response. */
  readonly status: number;
  /** The service's own code, such as `pool_exhausted`; `http_403` or similar if another component responded. */
  readonly code: string;
  readonly category: string | undefined;
  /** Quote it to the operators of the service. */
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  /** The wait before the next attempt that the response demands. Milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole document. For a refused batch it contains the counts and rejections. */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>, headers: Headers) {
    super(messageOf(status, document));
    this.status = status;
    this.document = document;
    this.code = text(document['code']) ?? `http_${status}`;
    this.category = text(document['category']);
    this.requestId = text(document['requestId']) ?? headers.get('x-request-id') ?? undefined;
    this.errors = Array.isArray(document['errors']) ? (document['errors'] as FieldError[]) : [];
    this.retryAfterMs = retryAfterOf(headers.get('retry-after'));
  }
}

/** There is no response: the connection failed, or the attempt timed out. The outcome is unknown. */
export class TickStoreUnreachable extends Error {
  override readonly name = 'TickStoreUnreachable';
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function messageOf(status: number, document: Readonly<Record<string, unknown>>): string {
  const title = text(document['title']) ?? text(document['message']) ?? `HTTP ${status}`;
  const detail = text(document['detail']);
  return detail === undefined ? title : `${title}: ${detail}`;
}

/** The header contains seconds or an HTTP date. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
