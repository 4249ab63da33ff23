import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BackendName, connectBy } from '../support/backends/backends.ts';
import { connect as connectDataApi } from '../support/backends/data-api.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import { startService, type TestService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { breakConnections } from './break-connections.ts';
import { breakDisk, breakEverything, breakFunctions } from './break-machine.ts';
import { breakPooler, breakPostgres } from './break-servers.ts';
import { type FaultTargets, type PlacedInjections, POOL_SIZE } from './fault.ts';

/** A service on its own servers, with a proxy on every connection, and the faults that can be injected into it. */
export interface Ordeal {
  readonly service: TestService;
  /** Where clients send their requests. */
  readonly url: string;
  readonly injections: PlacedInjections;
  stop(): Promise<void>;
}

const SMALL_POOL = {
  default_pool_size: String(POOL_SIZE),
  reserve_pool_size: '0',
  max_db_connections: String(POOL_SIZE),
  query_wait_timeout: '2',
};
const CLOCK = fileURLToPath(new URL('stepped-clock.ts', import.meta.url));

export async function startOrdeal(
  backend: BackendName,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ordeal> {
  const stack = new AsyncDisposableStack();
  try {
    const database = stack.adopt(await startOwnDatabase(SMALL_POOL, { smallDisk: true, wirePooler: true }), (one) =>
      one.stop(),
    );
    const target = new URL(database.appUrl);
    // the Data API's own connections go to PostgreSQL itself
    if (backend === 'data-api') target.port = new URL(database.ownerUrl).port;
    const adopt = async (url: string) => stack.adopt(await startTcpProxy(url), (one) => one.stop());
    const wire = await adopt(target.href);
    const wired = { name: database.name, appUrl: wire.url, ownerUrl: wire.url };
    const dataApi = backend === 'data-api' ? stack.adopt(await connectDataApi(wired), (one) => one.stop()) : undefined;
    const access = dataApi ?? stack.adopt(await connectBy(backend, wired), (one) => one.stop());
    const [variable, endpointUrl] =
      Object.entries(access.environment).find(([name]) => /^(NEON_ENDPOINT|AWS_ENDPOINT_URL_RDS_DATA)$/.test(name)) ??
      [];
    const endpoint = endpointUrl === undefined ? undefined : await adopt(endpointUrl);
    const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'tick-store-clock-')), (one) =>
      rmSync(one, { recursive: true }),
    );
    const clockFile = join(folder, 'offset');
    writeFileSync(clockFile, '0');
    const service = stack.adopt(
      await startService({
        ...{ database, backend, processes: true, timeoutMs: 8_000, concurrency: 4 },
        databaseUrl: () => wire.url,
        environment: {
          ACQUIRE_TIMEOUT_MS: '1500',
          NODE_OPTIONS: `--import=${CLOCK}`,
          STEPPED_CLOCK_FILE: clockFile,
          ...access.environment,
          ...(variable === undefined || endpoint === undefined ? {} : { [variable]: endpoint.url.replace(/\/$/, '') }),
          ...environment,
        },
      }),
      (one) => one.stop(),
    );
    const front = await adopt(service.url);
    const broken: FaultTargets = { database, front, wire, endpoint, dataApi, clockFile };
    return {
      service,
      url: front.url.replace(/\/$/, ''),
      injections: {
        ...breakConnections(broken),
        ...breakFunctions(broken),
        PostgreSQL: { ...breakPostgres(broken), ...breakDisk(broken) },
        // the Data API has no PgBouncer behind it
        ...(backend === 'data-api' ? {} : { pooler: breakPooler(broken) }),
        all: breakEverything(broken, backend !== 'data-api'),
      },
      stop: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
