import { inject } from 'vitest';
import type { Database } from '../../../functions/database/database.ts';
import { NeonDatabase } from '../../../functions/database/drivers/neon/neon-database.ts';
import { PostgresDatabase } from '../../../functions/database/drivers/postgres/postgres-database.ts';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts';
import { type BackendTarget, LIMITS } from './access.ts';
import { connectBy } from './backends.ts';
import { openDataApi } from './data-api.ts';

/** The project's backend with a TCP proxy behind the driver, which a test can break. */
export interface WiredBackend {
  readonly wire: TcpProxy;
  /** The drivers by their transport. Neon has two. */
  readonly ways: Readonly<Record<string, Database>>;
  stop(): Promise<void>;
}

export async function connectWired(target: BackendTarget): Promise<WiredBackend> {
  const name = inject('backend');
  const backend = await connectBy(name, target);
  const { NEON_ENDPOINT, AWS_ENDPOINT_URL_RDS_DATA } = backend.environment;
  const wire = await startTcpProxy(NEON_ENDPOINT ?? AWS_ENDPOINT_URL_RDS_DATA ?? target.appUrl);
  const neon = (socketFromBytes?: number) =>
    new NeonDatabase({
      ...LIMITS,
      url: target.appUrl,
      endpoint: wire.url,
      ...(socketFromBytes === undefined ? {} : { socketFromBytes }),
    });
  const waysOf: Record<typeof name, () => Record<string, Database>> = {
    pg: () => ({ pg: new PostgresDatabase({ ...LIMITS, url: wire.url }) }),
    neon: () => ({ HTTP: neon(), 'the WebSocket': neon(0) }),
    'data-api': () => ({ 'the Data API': openDataApi(wire.url.replace(/\/$/, ''), target.name) }),
  };
  const ways = waysOf[name]();
  return {
    wire,
    ways,
    stop: async () => {
      await Promise.all(Object.values(ways).map((database) => database.close()));
      await wire.stop();
      await backend.stop();
    },
  };
}
