import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFromOtherSite } from '../machine/local-caller.ts';
import { LOOPBACK } from '../machine/loopback-port.ts';
import { NeonError, type SqlLimits, SqlOverHttp } from './sql-over-http.ts';
import { WebSocketBridge } from './websocket-bridge.ts';

export interface NeonEndpoint {
  /** The value of NEON_ENDPOINT, such as `http://127.0.0.1:4444`. */
  readonly url: string;
  /** Ends everything in progress. Idempotent. */
  stop(): Promise<void>;
}

export interface NeonEndpointOptions {
  /** The PgBouncer behind it, the only address that it connects to. */
  readonly pooler: { readonly host: string; readonly port: number };
  /** 0 picks a free port. */
  readonly port?: number;
  /** Limits smaller than Neon's, for tests. Bytes. */
  readonly limits?: Partial<SqlLimits>;
}

/** Neon's documented limits for a request and a response over HTTP. Bytes; neon.com/docs, "serverless driver". */
const LIMITS: SqlLimits = { requestBytes: 64 * 1024 * 1024, responseBytes: 64 * 1024 * 1024 };

/**
 * Emulates Neon's proxy for the unmodified `@neondatabase/serverless` 1.2: `POST /sql` (one statement, or several as
 * one transaction) and the WebSocket `/v2` and `/v1?address=host:port`, which carries the Postgres protocol. Both lead
 * to one PgBouncer in transaction mode, with the client's login. Status codes, headers, limits and texts follow
 * `proxy/src/serverless` in Neon's sources.
 *
 * Not emulated: TLS and the choice of a compute by host name; JWT logins and the Data API; the clear-text password of
 * Neon's WebSocket (PgBouncer requires SCRAM here, so `pipelineConnect` must be off); a compute that is suspended and
 * resumes; Neon's rate limits, and its refusal of idle connections; cancelling a statement whose client has
 * disconnected. A response is measured when it is complete, not while it grows.
 *
 * It listens only on 127.0.0.1 and refuses requests from web pages of other origins.
 * @throws Error if the port is taken
 */
export async function startNeonEndpoint(options: NeonEndpointOptions): Promise<NeonEndpoint> {
  const { pooler, port = 0 } = options;
  const sql = new SqlOverHttp(pooler, { ...LIMITS, ...options.limits });
  const bridge = new WebSocketBridge(pooler);
  const server = createServer((request, response) => void respond(sql, request, response));
  server.on('upgrade', (request, socket, head) => {
    if (isFromOtherSite(request)) socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    else bridge.accept(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    bridge.stop();
    server.closeAllConnections();
    await Promise.all([closed, sql.stop()]);
  };
  let stopped: Promise<void> | undefined;
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    stop: () => (stopped ??= close()),
  };
}

async function respond(sql: SqlOverHttp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: object | string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  if (isFromOtherSite(request)) return send(403, { message: 'only programs on this machine may call this' });
  if (request.method !== 'POST' || request.url !== '/sql') return send(404, { message: 'not found' });
  try {
    const { body, headers } = await sql.respond(request);
    send(200, body, headers);
  } catch (error) {
    // the unread rest of an oversized upload would keep the connection waiting
    if (!request.complete) response.setHeader('connection', 'close');
    if (error instanceof NeonError) send(error.status, error.body);
    else send(500, { message: 'internal error' });
  }
}
