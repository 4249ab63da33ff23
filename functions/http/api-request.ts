import type * as z from 'zod';
import type { BatchBody } from '../contract/batches.ts';
import type { FunctionName, Route, RouteName, Routes } from '../contract/routes.ts';
import type { CallOptions } from '../database/database.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { Logger } from '../runtime/logger.ts';

/** One request, checked against its route: the input of a handler. */
export interface ApiRequest<R extends Route = Route> {
  readonly name: RouteName;
  readonly route: R;
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: R extends { body: { json: infer Schema extends z.ZodType } }
    ? z.output<Schema>
    : R extends { body: { records: z.ZodType } }
      ? BatchBody
      : undefined;
  /** The caller, as API Gateway has authenticated it. */
  readonly actor: string;
  /** The stable part of the caller's identity, which the key belongs to. */
  readonly keyScope: string;
  /** The client's key, or one generated for this request. */
  readonly idempotencyKey: string;
  /** Hash of everything that identifies the payload: method, path, query, media type, unpacked body. */
  readonly payloadHash: Uint8Array;
  /** This invocation's own id, a UUID. */
  readonly invocationId: string;
  readonly options: CallOptions;
  readonly logger: Logger;
}

/** What a handler returns: a value to be written as JSON, or JSON text already written. */
export type ApiResponse = ({ readonly value: unknown } | { readonly json: string }) & {
  readonly headers?: Record<string, string>;
  /** 200 unless given. */
  readonly status?: number;
  /** What the invocation did, for metrics and the log. */
  readonly measurement?: Measurement;
};

/** One handler per route of a function; a missing or a surplus one is a type error. */
export type RouteHandlers<F extends FunctionName> = {
  readonly [N in RouteName as Routes[N]['function'] extends F ? N : never]: (
    request: ApiRequest<Routes[N]>,
  ) => Promise<ApiResponse>;
};
