import type { RoutesOf } from './endpoints.ts';
import { alertLogIngestQuery, ingestQuery } from './ingest-query.ts';
import { none, type RouteRequest } from './route.ts';

/** What the function `ingest` reads from the requests of its routes. */
export const ingestRequests = {
  ingestMarketData: { params: none, query: ingestQuery, body: { records: true }, idempotent: true },
  ingestAlertLogs: { params: none, query: alertLogIngestQuery, body: { records: true }, idempotent: true },
} as const satisfies Record<RoutesOf<'ingest'>, RouteRequest>;
