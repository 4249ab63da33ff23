import { neonConfig, Pool, types } from '@neondatabase/serverless';
import type { PostgresClient } from '../postgres/postgres-client.ts';

/**
 * Where HTTP and WebSocket go instead of to what follows from the connection string's host. Neon's settings are the
 * module's, so there is one endpoint to a process.
 * @param endpoint such as `http://127.0.0.1:4444`
 */
export function useEndpoint(endpoint: string): void {
  const { protocol, host } = new URL(endpoint);
  neonConfig.fetchEndpoint = `${protocol}//${host}/sql`;
  neonConfig.wsProxy = () => `${host}/v2`;
  neonConfig.useSecureWebSocket = protocol === 'https:';
  // Neon's proxy asks for the password in clear text inside TLS, and can be sent it unasked; other poolers ask for SCRAM
  neonConfig.pipelineConnect = false;
}

/** Neon's client over a WebSocket. It has no pipeline, so statements wait for each other; and no COPY that was tried. */
export const neonSocket: PostgresClient = {
  Pool: Pool as unknown as PostgresClient['Pool'],
  types,
  errorOf: (thrown) => {
    if (thrown instanceof Error) return thrown;
    // a WebSocket's ErrorEvent, which says little
    const { message } = thrown as { message?: string };
    return Object.assign(new Error(`the WebSocket to Neon failed: ${message}`), { code: 'ECONNRESET' });
  },
};
