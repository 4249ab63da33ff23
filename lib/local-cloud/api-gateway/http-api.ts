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
  /** 0 picks a free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /**
   * Serves other paths on the same port. It returns true if it has responded. Its responses do not count as the API's.
   */
  readonly site?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** How long `stop()` waits for the requests in progress. Default 10 s. */
  readonly stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 10_000;

/**
 * Serves functions over HTTP/1.1 as an API Gateway HTTP API with Lambda proxy integrations (payload format 2.0) would.
 * A request is read whole before an execution environment is acquired, so a slow upload holds none. A request that will
 * be refused, because of its path, its size or a lack of capacity, is refused from its headers and its body is not
 * read.
 *
 * The gateway's own responses have an X-Request-Id and a body from `describeFault`:
 *
 * | here | when | the real gateway |
 * |---|---|---|
 * | 404 | no route, or not with this method | 404 `Not Found` |
 * | 413 | body over 10 MB | 413 `Request Entity Too Large` |
 * | 413 | event over Lambda's 6 MB | 413 `Request Too Long` |
 * | 500 | the function threw, crashed, or returned an invalid response or one over 6 MB | 500 `Internal Server Error` |
 * | 429 | over the reserved concurrency: Lambda throttles | 503 `Service Unavailable` |
 * | 429 | this machine has no free process in time, or no memory for another large body | starts another |
 * | 504 | the function's own timeout | 500 `Internal Server Error` |
 * | 504 | the integration timeout; the function continues to run | 503 `Service Unavailable` |
 *
 * AWS documents the 404 and the 500s ("Routing API requests", "Troubleshooting issues with HTTP API Lambda
 * integrations"). The rest of the right column is what users report; it was not checked against a live API. For the
 * integration timeout the AWS knowledge centre says 504.
 *
 * `stop()` accepts no new connections, lets the requests in progress finish for up to `stopTimeoutMs`, then closes and
 * stops the execution environments.
 *
 * @throws Error if the port is taken, or if a route is malformed, duplicated, or names a function that is not defined
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
    // checked below: Node's own refusal has no body, and of two hosts Node uses the first
    requireHostHeader: false,
  });
  // A client that has sent its request and closed its side still reads. Node documents no option for this. The property
  // has existed since its first versions.
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
    // the rest of a body whose request already has its response: a second response would be taken for that of the next
    // request
    if (response?.headersSent === true) socket.end();
    // bytes after a complete request are refused after its response: the client would take an earlier refusal for that
    // response
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

/** RFC 9112, 3.2: with two Host headers, an intermediary may have used the other one. HTTP/1.0 requires none. */
function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const message = `Port ${port} is taken: set PORT to another port, or to 0 for a free one.`;
      reject(isTaken ? new Error(message, { cause }) : cause);
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
