import { fileURLToPath } from 'node:url';
import { DEFAULT_ROUTE_FUNCTION, routeKey, routes } from '../../functions/contract/routes.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/schema.ts';
import type { FunctionDefinition } from './execution-environment.ts';
import type { HttpRoute } from './http-api.ts';

/** Makes the partitions ahead; a schedule runs it, no route. */
export const MAINTENANCE_FUNCTION = 'maintain-partitions';

/**
 * How long a function may run. Timeouts nest, so that the innermost one that is due tells what went wrong: lock 5 s <
 * statement 20 s (the role's, `migrations/0001_roles.sql`) < query 22 s (`functions/runtime/environment.ts`) < function
 * 28 s < API 30 s (API Gateway's most).
 */
const FUNCTION_TIMEOUT_MS = 28_000;
/** Enough for a batch of 65,536 records: 64 MiB unpacked. */
const FUNCTION_MEMORY_MB = 512;

/** The route table as an HTTP API has it, with `$default` for what matches nothing. */
export const httpRoutes: readonly HttpRoute[] = [
  ...Object.values(routes).map((route) => ({ routeKey: routeKey(route), functionName: route.function })),
  { routeKey: '$default', functionName: DEFAULT_ROUTE_FUNCTION },
];

/**
 * Every function that a route or the schedule names, run from its source in `functions/`.
 * @param at.appUrl the pooler's URL: a function knows no other way to the database
 */
export function functionDefinitions(at: { appUrl: string; pooler: Settings['pooler'] }): FunctionDefinition[] {
  const environment = {
    DATABASE_URL: at.appUrl,
    RECYCLE_SECONDS: String(at.pooler.recycleSeconds),
    ANONYMOUS_ACTOR: 'local',
    RELEASE: packageFile.version,
  };
  const define = (name: string): FunctionDefinition => ({
    name,
    entry: fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url)),
    environment,
    timeoutMs: FUNCTION_TIMEOUT_MS,
    memoryMb: FUNCTION_MEMORY_MB,
  });
  const answering = new Set(httpRoutes.map((route) => route.functionName));
  return [...[...answering].map(define), { ...define(MAINTENANCE_FUNCTION), reservedConcurrency: 1 }];
}
