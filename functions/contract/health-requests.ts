import * as z from 'zod/mini';
import type { RoutesOf } from './endpoints.ts';
import { cursor, integer } from './parameters.ts';
import { none, type RouteRequest } from './route.ts';

const nothing = { params: none, query: none } as const;

/** What the function `health` reads from the requests of its routes. */
export const healthRequests = {
  getHealth: nothing,
  listHealth: { params: none, query: z.strictObject({ limit: integer(1, 1000, 100), cursor: z.optional(cursor) }) },
  getPoolHealth: nothing,
  getPartitionHealth: nothing,
  getPerformance: nothing,
} as const satisfies Record<RoutesOf<'health'>, RouteRequest>;
