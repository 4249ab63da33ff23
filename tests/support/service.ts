import { fileURLToPath } from 'node:url';
import { ExecutionEnvironments, type FunctionDefinition, startHttpApi } from '@tick-store/local-cloud';
import pg from 'pg';
import { inject } from 'vitest';
import { gatewayRoutes } from '../../functions/contract/gateway-routes.ts';
import { gatewayProblem } from '../../lib/local/gateway-problem.ts';
import type { BackendName } from './backends/backends.ts';
import { connectBackend } from './backends/connect-backend.ts';
import { warmCompileCache } from './compile-cache.ts';
import { FUNCTIONS } from './functions.ts';
import { connectClient, type HttpClient, type Reply, type RequestOptions } from './http-client.ts';
import { InProcessEnvironment } from './in-process-environment.ts';
import { openApiFile } from './openapi-file.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

export type { Reply, RequestOptions } from './http-client.ts';

/**
 * The service as a client sees it: real HTTP, each request in an execution environment of its own, through PgBouncer over
 * the database backend of the test project.
 */
export interface TestService {
  readonly url: string;
  readonly database: TestDatabase;
  readonly environments: ExecutionEnvironments;
  /** What the functions have logged. */
  readonly logs: string[];
  get(path: string, options?: RequestOptions): Promise<Reply>;
  /** A body that is not text or bytes is sent as JSON. */
  post(path: string, body: unknown, options?: RequestOptions): Promise<Reply>;
  put(path: string, body: unknown, options?: RequestOptions): Promise<Reply>;
  patch(path: string, body: unknown, options?: RequestOptions): Promise<Reply>;
  request: HttpClient['send'];
  /** Runs a query as the owner, not through the pooler. */
  sql<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  stop(): Promise<void>;
}

export interface TestServiceOptions {
  /** The number of concurrent requests. */
  readonly concurrency?: number;
  /** Environment variables of the functions besides the database's. */
  readonly environment?: Record<string, string>;
  /** A database that the test has started itself, and that the caller stops. */
  readonly database?: TestDatabase;
  /** The pooler's URL for the functions. Default: the test database through the run's PgBouncer. */
  readonly databaseUrl?: (database: TestDatabase) => string;
  readonly timeoutMs?: number;
  /** Default: the backend of the test project. */
  readonly backend?: BackendName;
  /**
   * Whether each execution environment is a process, as in the local cloud. This is for tests of the process itself, of its
   * memory, or of its end. Otherwise all run in the test's process, which saves 150 ms of processor time per environment.
   */
  readonly processes?: boolean;
}

/** Starts the service on its own database, with the instruments ES, NQ and GBPUSD. */
export async function startService(options: TestServiceOptions = {}): Promise<TestService> {
  const { concurrency = 4, environment = {}, timeoutMs = 28_000, processes = false } = options;
  const database = options.database ?? (await createTestDatabase(inject('postgres')));
  // stays connected, because a new session would load the catalogue of every partition again
  const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 4 });
  // a test may end its session, with the server or with `drop database`
  owner.on('error', () => undefined);
  await owner.query(INSTRUMENTS);
  const elsewhere = options.databaseUrl?.(database);
  const target = elsewhere === undefined ? database : { ...database, appUrl: elsewhere, ownerUrl: elsewhere };
  const backend = await connectBackend(target, options.backend);
  if (processes) warmCompileCache(inject('compileCache'), options.backend ?? inject('backend'), FUNCTIONS);
  const functions = FUNCTIONS.map(
    (name): FunctionDefinition => ({
      name,
      entry: fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url)),
      environment: {
        ...backend.environment,
        ANONYMOUS_ACTOR: 'local',
        NODE_COMPILE_CACHE: inject('compileCache'),
        OPENAPI_FILE: openApiFile(),
        ...environment,
      },
      timeoutMs,
      memoryMb: 512,
    }),
  );
  const logs: string[] = [];
  const environments = new ExecutionEnvironments({
    functions,
    concurrency,
    queueTimeoutMs: 30_000,
    onLog: (line) => void logs.push(line),
    ...(processes ? {} : { startEnvironment: (...started) => new InProcessEnvironment(...started) }),
  });
  const api = await startHttpApi({
    routes: gatewayRoutes.map((route) => ({ routeKey: route.routeKey, functionName: route.function })),
    environments,
    port: 0,
    print: (line) => void logs.push(line),
    describeFault: gatewayProblem,
  });
  const client = connectClient(api.url);
  const request = client.send;
  return {
    url: api.url,
    database,
    environments,
    logs,
    request,
    get: (path, requestOptions) => request('GET', path, undefined, requestOptions),
    post: (path, body, requestOptions) => request('POST', path, body, requestOptions),
    put: (path, body, requestOptions) => request('PUT', path, body, requestOptions),
    patch: (path, body, requestOptions) => request('PATCH', path, body, requestOptions),
    sql: async <R extends object>(text: string, values: unknown[] = []) => (await owner.query<R>(text, values)).rows,
    stop: async () => {
      client.close();
      await api.stop();
      await backend.stop();
      await owner.end();
      if (options.database === undefined) await database.drop();
    },
  };
}

const INSTRUMENTS = `insert into tick_store.instruments (symbol, name, type, price_decimals)
  values ('ES', 'E-mini S&P 500', 'future', 2), ('NQ', 'E-mini Nasdaq 100', 'future', 2), ('GBPUSD', 'Pound to dollar', 'forex', 5)
  on conflict do nothing`;
