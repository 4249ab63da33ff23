import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { refuseOtherSites, serveStatic } from '@tick-store/local-cloud';
import type { Authorize } from '../client/index.ts';
import { buildConsole } from '../console/build-console.ts';
import { CONSOLE_HEADERS, CONSOLE_PATHS, isImmutable } from '../console/console-site.ts';

export interface ServedConsole {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServeConsoleOptions {
  /** The store's URL, without `/v1`. */
  readonly url: string;
  readonly authorize: Authorize | undefined;
  /** The port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** The runbook, as Markdown. */
  readonly runbook: string;
}

/** Response headers that are passed to the browser. Encoding and length are those of the copy. */
const PASSED_ON = [
  'content-type',
  'x-request-id',
  'idempotency-replayed',
  'retry-after',
  'etag',
  'ratelimit-policy',
  'x-next-cursor',
];

/**
 * Serves the console on this machine for a store elsewhere. The page is served here, and its requests are forwarded to
 * the store with the caller's own signature or token. Other web sites are refused, because every request here acts as
 * the caller.
 */
export async function serveConsole(options: ServeConsoleOptions): Promise<ServedConsole> {
  const site = serveStatic({
    directory: buildConsole({ runbook: options.runbook }),
    paths: CONSOLE_PATHS,
    headers: CONSOLE_HEADERS,
    isImmutable,
  });
  const server = createServer((request, response) => {
    if (refuseOtherSites(request, response) || site(request, response)) return;
    forward(request, response, options).catch((error: unknown) => {
      const detail = `${options.url} does not respond: ${(error as Error).message}`;
      send(response, 502, { title: 'No response from the store', detail });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Forwards only the API, because a deployment has nothing else. */
async function forward(request: IncomingMessage, response: ServerResponse, { url, authorize }: ServeConsoleOptions) {
  const { method = 'GET', url: path = '/' } = request;
  if (!path.startsWith('/v1/')) return send(response, 404, { problem: 'a deployment has no such page' });
  const target = url + path;
  const body = method === 'GET' || method === 'HEAD' ? undefined : new Uint8Array(await buffer(request));
  const headers = new Headers();
  for (const name of [
    'accept',
    'content-type',
    'content-encoding',
    'idempotency-key',
    'if-match',
    'if-none-match',
    'x-request-id',
  ]) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const signed = (await authorize?.({ method, url: target, headers, body })) ?? headers;
  const reply = await fetch(target, { method, headers: signed, ...(body === undefined ? {} : { body }) });
  const kept = PASSED_ON.flatMap((name) => {
    const value = reply.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  response.writeHead(reply.status, { ...Object.fromEntries(kept), 'cache-control': 'no-store' });
  response.end(Buffer.from(await reply.arrayBuffer()));
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
