import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { RouteRequest } from '../contract/route.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { ResolvedRoute } from './resolve-route.ts';

/**
 * What is known of a request, in middy's `request.internal`. The checked request replaces the event, so everything that
 * runs after the handler read-only from here.
 */
export interface RequestState extends Record<string, unknown> {
  /** `requestId`: the client's X-Request-Id, or one made for the request. */
  requestId: string;
  /** `requestId`: API Gateway's key of the route, such as `GET /v1/health`, and the path. */
  routeKey: string;
  path: string;
  /** `compressResponse`: whether the client accepts gzip. */
  acceptsGzip: boolean;
  /** `findRoute`; absent if the request ended before. */
  route?: ResolvedRoute & RouteRequest;
  /** `identifyCaller`; absent if the request ended before. */
  actor?: string;
  /** `writeResponse` and `respondToErrors`: what the invocation did, for metrics and the log. */
  measurement?: Measurement;
}

/** API Gateway’s form of a response. */
export type ApiResult = APIGatewayProxyStructuredResultV2;

// biome-ignore lint/suspicious/noExplicitAny: an event becomes a checked request on its way, and a response a result
export type ApiMiddleware = MiddlewareObj<any, any, Error, Context, RequestState>;
