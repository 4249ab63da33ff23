import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { cursor, integer, search } from './parameters.ts';
import type { ProblemCode } from './problem.ts';

/** The Lambda functions behind the HTTP API, by their entry files in `functions/`. */
export type FunctionName = 'ingest' | 'delete' | 'restore' | 'read' | 'reference-data' | 'health';

/** Groups of routes in the OpenAPI document. */
export const TAGS = {
  'Market data': 'Ticks: batch ingest, reads, soft deletion and restoration.',
  'Alert logs': 'Fired alert rules: the same ingest, reads, deletion and restoration.',
  'Reference data': 'Instruments and alert rules, which ticks and alert logs refer to.',
  Health: 'Results of the health probe: status, samples, pool, partitions.',
  Service: 'The service itself.',
} as const;
/** One of `TAGS`. */
export type Tag = keyof typeof TAGS;

/** Where a route is, and which function serves it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly function: FunctionName;
}

/** What a function reads from the requests of a route. */
export interface RouteRequest {
  readonly params: z.ZodMiniType<object>;
  readonly query: z.ZodMiniType<object>;
  /** `records`: a batch of records as JSON, NDJSON or CSV. A schema: a JSON body. */
  readonly body?: { readonly records: unknown } | { readonly json: z.ZodMiniType };
  /** Whether `Idempotency-Key` is honoured: every POST that changes rows. */
  readonly idempotent?: true;
  /** The fields of a row of the page, where the client may have it as CSV (`Accept: text/csv`). */
  readonly csv?: readonly string[];
  /** Whether `If-Match` and `If-None-Match` are honoured, and a success has an `ETag`. */
  readonly conditional?: true;
}

/** What the OpenAPI document says of a route, besides its parameters. */
export interface RouteDocument {
  readonly tag: Tag;
  readonly summary: string;
  /** The schema of a record, where the body is a batch. */
  readonly body?: { readonly records: z.ZodMiniType };
  readonly response: z.ZodMiniType;
  /** A status besides 200 with the same response body. */
  readonly alsoStatus?: 202 | 503;
  /** Problems that this route can return beyond those that every route can. */
  readonly problems: readonly ProblemCode[];
}

/** One route with all that is known of it: an entry of the table `routes`. */
export interface Route extends Endpoint, Omit<RouteRequest, 'body'>, Omit<RouteDocument, 'body'> {
  readonly body?: { readonly records: z.ZodMiniType } | { readonly json: z.ZodMiniType };
}

/** Without parameters. */
export const none = z.strictObject({});
/** A page of a list. */
export const page = <T extends z.ZodMiniType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.nullable(z.string()) });
/** Rows per page of a list of rows. */
export const limit = documented(
  integer(1, 10_000, 1000),
  forDocument({
    description: 'Rows per page. A page that would exceed 5 MB is cut short, and nextCursor continues after it.',
  }),
);

/** The query of a list by name. */
export const namedListQuery = z.strictObject({ search: z.optional(search), limit, cursor: z.optional(cursor) });

/** What can be wrong with a JSON body before its values are looked at. */
export const jsonProblems = [
  'malformed_body',
  'duplicate_key',
  'forbidden_key',
  'invalid_encoding',
  'body_too_large',
  'unsupported_media_type',
  'unsupported_charset',
  'unsupported_encoding',
] as const;

/** What API Gateway calls a route. */
export const routeKey = (route: { readonly method: string; readonly path: string }): string =>
  `${route.method} ${route.path}`;

/** The methods that a route responds to. A HEAD is handled as the GET of its path. */
export function methodsOf({ method }: Pick<Endpoint, 'method'>): readonly (Endpoint['method'] | 'HEAD')[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}
