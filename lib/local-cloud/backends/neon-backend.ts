import { startNeonEndpoint } from '../neon/neon-endpoint.ts';
import { type BackendContext, type StartedBackend, urlSecret } from './backend.ts';

/** Neon: SQL over HTTP and WebSockets in front of PgBouncer, and the secret with both URLs. */
export async function startNeonBackend({ database }: BackendContext, secretName: string): Promise<StartedBackend> {
  const { pooler } = database;
  const endpoint = await startNeonEndpoint({ pooler: { host: pooler.host, port: pooler.port } });
  return {
    description: `Neon's endpoint at ${endpoint.url}`,
    endpoints: { kind: 'neon', neonUrl: endpoint.url },
    values: {},
    secrets: urlSecret(secretName, database),
    variables: {},
    stop: () => endpoint.stop(),
  };
}
