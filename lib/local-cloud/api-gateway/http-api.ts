import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { describeAsGateway, GATEWAY_FAULTS, HEADERS_LIMIT_BYTES } from './gateway-faults.ts';
import { askWhetherRead, refuseUnreadable } from './http-exchange.ts';

export interface HttpApi {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface HttpApiOptions extends GatewayOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /**
   * What else is served at the port. It has responded when it returns true; nothing it responds counts as the API's.
   */
  readonly site?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** How long `stop()` waits for the requests under way. Default 10 s. */
  readonly stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 10_000;

/**
 * Serves functions over HTTP/1.1 as an API Gateway HTTP API with Lambda proxy integrations (payload format 2.0) would. The
 * request is read whole before an execution environment is taken, so a slow upload holds none. One that will be refused, for
 * its path, its size or for want of a place, is refused by its headers and not read.
 *
 * What the gateway itself responds has an X-Request-Id, and a body by `describeFault`:
 *
 * | here | when | the real gateway |
 * |---|---|---|
 * | 404 | no route, or not with this method | 404 `Not Found` |
 * | 413 | body over 10 MB | 413 `Request Entity Too Large` |
 * | 413 | event over Lambda's 6 MB | 413 `Request Too Long` |
 * | 500 | threw, crashed, or returned nonsense or over 6 MB | 500 `Internal Server Error` |
 * | 429 | over the reserved concurrency: Lambda throttles | 503 `Service Unavailable` |
 * | 429 | this machine has no process free in time, or no memory for one more large body | starts one more |
 * | 504 | the function's own timeout | 500 `Internal Server Error` |
 * | 504 | the integration timeout; the function runs on | 503 `Service Unavailable` |
 *
 * AWS documents the 404 and the 500s ("Routing API requests", "Troubleshooting issues with HTTP API Lambda integrations");
 * the rest of the right column is what users report, not checked against a live API. For the integration timeout AWS's
 * knowledge centre says 504.
 *
 * `stop()` takes no more connections, lets the requests under way finish for up to `stopTimeoutMs`, then closes and stops
 * the execution environments.
 *
 * @throws Error when the port is taken, or a route is malformed, doubled, or names a function that is not defined
 */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const { environments, host = '127.0.0.1' } = options;
  const undefinedRoute = options.routes.find(({ functionName }) => !environments.functionNames.includes(functionName));
  if (undefinedRoute) {
    throw new Error(`"${undefinedRoute.routeKey}" leads to "${undefinedRoute.functionName}", which is not defined`);
  }
  const gateway = new Gateway(options);
  const server = createServer({
    maxHeaderSize: HEADERS_LIMIT_BYTES,
    headersTimeout: 15_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 5_000,
    // it is checked below: Node's own refusal has no body, and takes the first of two
    requireHostHeader: false,
  });
  // A client that has sent its request and closed its side still reads. Node documents no option for this; the property is
  // there since its first versions.
  Object.assign(server, { httpAllowHalfOpen: true });
  const { site = () => false } = options;
  const responses = new WeakMap<Duplex, ServerResponse>();
  server.on('connection', (socket) => {
    socket.once('end', () => {
      const waiting = () => {
        const response = responses.get(socket);
        return response !== undefined && gateway.isWaiting(response) ? response : undefined;
      };
      void askWhetherRead(waiting);
    });
  });
  const serve = (request: IncomingMessage, response: ServerResponse, invite?: () => void) => {
    if (!hasOneHost(request)) gateway.refuse(request, response, GATEWAY_FAULTS.ambiguousHost, true);
    else if (!site(request, response)) gateway.accept(request, response, invite);
    else if (!response.headersSent) invite?.();
  };
  server.on('request', (request, response) => {
    responses.set(request.socket, response);
    response.once('close', () => responses.delete(request.socket));
    serve(request, response);
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, () => response.writeContinue());
  });
  const { describeFault = describeAsGateway } = options;
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (!site(request, response)) gateway.refuse(request, response, GATEWAY_FAULTS.expectation);
  });
  // a tunnel: without a listener Node closes the connection without a response
  server.on('connect', (_, socket) => {
    socket.on('error', () => {});
    refuseUnreadable({}, socket, describeFault);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refuse = () => refuseUnreadable(error, socket, describeFault);
    const response = responses.get(socket);
    // the rest of a body whose request has its response already: a second one would be taken for the next request's
    if (response?.headersSent === true) socket.end();
    // what follows a whole request is refused after its response: a client would take the refusal for that
    else if (response?.req.complete === true && error.code?.startsWith('HPE_')) response.once('finish', refuse);
    else refuse();
  });
  const port = await listen(server, options.port, host);

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await gateway.drain(options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    server.closeAllConnections();
    await closed;
    await environments.stop();
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** RFC 9112, 3.2: of two hosts, whoever stands in between may have looked at the other one. HTTP/1.0 has none. */
function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const message = `Port ${port} is taken: set PORT to another, or PORT=0 to let one be picked.`;
      reject(isTaken ? new Error(message, { cause }) : cause);
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
