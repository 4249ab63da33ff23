import { startNeonEndpoint } from '../neon/endpoint.ts';
import type { StartBackend, StartedBackend } from './backend.ts';

/** Neon: its HTTP and WebSocket before PgBouncer for the driver that speaks them, and the secret with both URLs. */
export const startNeonRoute: StartBackend = async ({ database, settings }): Promise<StartedBackend> => {
  const { pooler, postgres } = database;
  const endpoint = await startNeonEndpoint({ pooler: { host: pooler.host, port: pooler.port } });
  const urls = JSON.stringify({ pooledUrl: pooler.appUrl, directUrl: postgres.ownerUrl });
  return {
    description: `Neon's endpoint at ${endpoint.url}, PgBouncer on port ${pooler.port}`,
    values: {},
    secrets: settings.kind === 'neon' ? { [settings.secretName]: urls } : {},
    variables: (template) => (template['DATABASE_DRIVER'] === 'neon' ? { NEON_ENDPOINT: endpoint.url } : {}),
    stop: () => endpoint.stop(),
  };
};
