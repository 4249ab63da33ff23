import type { RoutesOf } from './endpoints.ts';
import { deletionRequest, restorationRequest } from './operations.ts';
import { none, type RouteRequest } from './route.ts';

const deletion = { params: none, query: none, body: { json: deletionRequest }, idempotent: true } as const;
const restoration = { params: none, query: none, body: { json: restorationRequest }, idempotent: true } as const;

/** What the function `delete` reads from the requests of its routes. */
export const deleteRequests = {
  deleteMarketData: deletion,
  deleteAlertLogs: deletion,
} as const satisfies Record<RoutesOf<'delete'>, RouteRequest>;

/** What the function `restore` reads from the requests of its routes. */
export const restoreRequests = {
  restoreMarketData: restoration,
  restoreAlertLogs: restoration,
} as const satisfies Record<RoutesOf<'restore'>, RouteRequest>;
