import type { IncomingMessage, ServerResponse } from 'node:http';
import { homePage } from './home-page.ts';

/** One page beside the API: what it answers to GET, as JSON. */
export type LocalPage = () => unknown;

/** Something one may ask the local cloud to do. @returns the answer, as JSON */
export type LocalAction = (request: IncomingMessage) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface LocalPages {
  /** By name: `alarms` is served at `/_local/alarms`. */
  readonly pages: Readonly<Record<string, LocalPage>>;
  /** By name; anything but GET below `/_local/NAME` goes there. */
  readonly actions?: Readonly<Record<string, LocalAction>>;
}

const PREFIX = '/_local';

/**
 * Serves what the local cloud shows of itself below `/_local`, beside the API's own routes; it is no part of the API. Asked
 * under another host name than loopback's it refuses, so that no page in a browser reaches it by a name of its own.
 * @returns whether the request was for it
 */
export function serveLocalPages({ pages, actions = {} }: LocalPages) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { pathname } = new URL(request.url ?? '/', 'http://local');
    if (pathname !== PREFIX && !pathname.startsWith(`${PREFIX}/`)) return false;
    const name = pathname.slice(PREFIX.length + 1).split('/')[0] ?? '';
    const action = Object.hasOwn(actions, name) && request.method !== 'GET' ? actions[name] : undefined;
    const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
    if (!isLoopback(request.headers.host)) {
      send(response, 403, { problem: 'asked under a name that is not loopback' });
    } else if (action !== undefined) {
      action(request).then(
        ({ status, body }) => send(response, status, body),
        (error: unknown) => send(response, 500, { problem: error instanceof Error ? error.message : String(error) }),
      );
    } else if (request.method !== 'GET') {
      send(response, 405, { problem: 'GET only' });
    } else if (name === '') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      response.end(homePage(Object.fromEntries(Object.entries(pages).map(([key, read]) => [key, read()]))));
    } else if (page === undefined) {
      send(response, 404, { problem: `no such page; those that are: ${Object.keys(pages).join(', ')}` });
    } else {
      send(response, 200, page());
    }
    return true;
  };
}

function isLoopback(host = ''): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
