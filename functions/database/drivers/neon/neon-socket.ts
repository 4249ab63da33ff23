import { neonConfig, Pool } from '@neondatabase/serverless';
import type { PostgresClient } from '../postgres/postgres-client.ts';

/** Endpoints by the address in the connection string, because Neon's settings belong to the module and not to a client. */
const endpoints = new Map<string, URL>();

/**
 * Sends HTTP and WebSocket to this endpoint instead of the one derived from the connection string's host.
 * @param databaseUrl the connection string
 * @param endpoint such as `http://127.0.0.1:4444`; the last one set for a host and port applies
 */
export function useEndpoint(databaseUrl: string, endpoint: string): void {
  const { hostname, port } = new URL(databaseUrl);
  endpoints.set(addressOf(hostname, port), new URL(endpoint));
  neonConfig.fetchEndpoint = (host, of) => `${endpoints.get(addressOf(host, of))?.origin}/sql`;
  neonConfig.wsProxy = (host, of) => `${endpoints.get(addressOf(host, of))?.host}/v2`;
  neonConfig.useSecureWebSocket = new URL(endpoint).protocol === 'https:';
  // Neon's proxy accepts the password in clear text inside TLS before it requests it; other poolers require SCRAM
  neonConfig.pipelineConnect = false;
}

const addressOf = (host: string, port: number | string) => `${host}:${port || 5432}`;

/** Neon's client over a WebSocket. It does not pipeline, so statements wait for each other. COPY over it was not tried. */
export const neonSocket: PostgresClient = {
  Pool: Pool as unknown as PostgresClient['Pool'],
  errorOf: (thrown) => {
    if (thrown instanceof Error) return thrown;
    // a WebSocket's ErrorEvent, which has few details
    const { message } = thrown as { message?: string };
    return Object.assign(new Error(`the WebSocket to Neon failed: ${message}`), { code: 'ECONNRESET' });
  },
};
