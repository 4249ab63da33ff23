import { NeonDatabase } from '../../../functions/database/drivers/neon.ts';
import { startNeonEndpoint } from '../../../lib/local/neon/endpoint.ts';
import { LIMITS, type RouteAccess, type RouteTarget } from './access.ts';

/** `@neondatabase/serverless` over HTTP and WebSocket, and the local endpoint, through the same PgBouncer. */
export async function connect({ appUrl }: RouteTarget): Promise<RouteAccess> {
  const { hostname, port } = new URL(appUrl);
  const endpoint = await startNeonEndpoint({ pooler: { host: hostname, port: Number(port) } });
  return {
    environment: { DATABASE_DRIVER: 'neon', DATABASE_URL: appUrl, NEON_ENDPOINT: endpoint.url },
    open: () => new NeonDatabase({ ...LIMITS, url: appUrl, endpoint: endpoint.url }),
    stop: () => endpoint.stop(),
  };
}
