import type * as z from 'zod/mini';
import type { BatchBody } from '../contract/batches.ts';
import type { RouteName } from '../contract/endpoints.ts';
import type { Preconditions } from '../contract/preconditions.ts';
import type { RouteRequest } from '../contract/route.ts';
import type { CallOptions } from '../database/database.ts';
import type { KeyedRequest } from '../ledger/sql/keyed-request.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { Logger } from '../runtime/logger.ts';

/** One request, checked against its route: the input of a handler. */
export interface ApiRequest<R extends RouteRequest = RouteRequest> extends KeyedRequest {
  readonly name: RouteName;
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: R extends { body: { json: infer Schema extends z.ZodMiniType } }
    ? z.output<Schema>
    : R extends { body: { records: unknown } }
      ? BatchBody
      : undefined;
  /** The preconditions on the state that the request reads or changes; empty if the route is not conditional. */
  readonly preconditions: Preconditions;
  /** The fields of a row, if the route has pages as CSV and the client prefers CSV. */
  readonly csvFields: readonly string[] | undefined;
  readonly options: CallOptions;
  readonly logger: Logger;
}

/** What a handler returns: a value to be written as JSON, or JSON or CSV text already written. */
export type ApiResponse = ({ readonly value: unknown } | { readonly json: string } | { readonly csv: string }) & {
  readonly headers?: Record<string, string>;
  /** 200 unless given. */
  readonly status?: number;
  /** What the invocation did, for metrics and the log. */
  readonly measurement?: Measurement;
};

/** One handler per route of a function. A missing or extra one is a type error. */
export type RouteHandlers<Requests> = {
  readonly [N in keyof Requests]: Requests[N] extends RouteRequest
    ? (request: ApiRequest<Requests[N]>) => Promise<ApiResponse>
    : never;
};
