import { type NeonEndpoint, startNeonEndpoint } from '@tick-store/local-cloud';
import { NeonDatabase } from '../../../functions/database/drivers/neon/neon-database.ts';
import { type BackendAccess, type BackendTarget, LIMITS } from './access.ts';

/** Neon's client has one endpoint per database address, so the services of a process share the endpoint of their pooler. */
const shared = new Map<string, { readonly endpoint: Promise<NeonEndpoint>; users: number }>();

/** `@neondatabase/serverless` over HTTP and WebSocket to the local endpoint, which uses the same PgBouncer. */
export async function connect({ appUrl }: BackendTarget): Promise<BackendAccess> {
  const { host: address, hostname, port } = new URL(appUrl);
  const use = shared.get(address) ?? {
    endpoint: startNeonEndpoint({ pooler: { host: hostname, port: Number(port) } }),
    users: 0,
  };
  shared.set(address, use);
  use.users += 1;
  const { url } = await use.endpoint;
  return {
    environment: { DATABASE_DRIVER: 'neon', DATABASE_URL: appUrl, NEON_ENDPOINT: url },
    open: () => new NeonDatabase({ ...LIMITS, url: appUrl, endpoint: url }),
    stop: async () => {
      use.users -= 1;
      if (use.users > 0) return;
      shared.delete(address);
      await (await use.endpoint).stop();
    },
  };
}
