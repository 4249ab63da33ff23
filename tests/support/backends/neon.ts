import { startNeonEndpoint } from '@tick-store/local-cloud';
import { NeonDatabase } from '../../../functions/database/drivers/neon/neon-database.ts';
import { type BackendAccess, type BackendTarget, LIMITS } from './access.ts';

/** `@neondatabase/serverless` over HTTP and WebSocket, and the local endpoint, through the same PgBouncer. */
export async function connect({ appUrl }: BackendTarget): Promise<BackendAccess> {
  const { hostname, port } = new URL(appUrl);
  const endpoint = await startNeonEndpoint({ pooler: { host: hostname, port: Number(port) } });
  return {
    environment: { DATABASE_DRIVER: 'neon', DATABASE_URL: appUrl, NEON_ENDPOINT: endpoint.url },
    open: () => new NeonDatabase({ ...LIMITS, url: appUrl, endpoint: endpoint.url }),
    stop: () => endpoint.stop(),
  };
}
