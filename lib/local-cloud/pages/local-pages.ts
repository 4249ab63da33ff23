import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { splitTarget } from '../api-gateway/http-api-event.ts';
import type { LocalAction, LocalPage } from '../machine/local-page.ts';
import { homePage } from './home-page.ts';

export interface LocalPages {
  /** The title of the page for people, `/_local`. */
  readonly title: string;
  /** By name: `alarms` is served at `/_local/alarms`. */
  readonly pages: Readonly<Record<string, LocalPage>>;
  /** By name. Requests other than GET below `/_local/NAME` go to the action. */
  readonly actions?: Readonly<Record<string, LocalAction>>;
}

const PREFIX = '/_local';

/**
 * Serves the local cloud's own pages below `/_local`, next to the API's routes; they are not part of the API.
 * @returns whether the request was for one of them
 */
export function serveLocalPages({ title, pages, actions = {} }: LocalPages) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { rawPath } = splitTarget(request.url ?? '/');
    if (rawPath !== PREFIX && !rawPath.startsWith(`${PREFIX}/`)) return false;
    try {
      respond(request, response, rawPath.slice(PREFIX.length + 1).split('/')[0] ?? '');
    } catch (error) {
      fail(response, error);
    }
    return true;
  };

  function respond(request: IncomingMessage, response: ServerResponse, name: string): void {
    const action = Object.hasOwn(actions, name) && request.method !== 'GET' ? actions[name] : undefined;
    const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
    if (action !== undefined) {
      action(request).then(
        ({ status, body }) => send(response, status, body),
        (error: unknown) => fail(response, error),
      );
    } else if (request.method !== 'GET') {
      send(response, 405, { problem: 'GET only' });
    } else if (name === '') {
      const none = new URLSearchParams();
      const html = homePage(title, Object.fromEntries(Object.entries(pages).map(([key, read]) => [key, read(none)])));
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
    } else if (page === undefined) {
      send(response, 404, { problem: `no such page; the pages are: ${Object.keys(pages).join(', ')}` });
    } else {
      const { rawQueryString } = splitTarget(request.url ?? '/');
      const body = page(new URLSearchParams(rawQueryString));
      if (body === undefined) send(response, 404, { problem: 'nothing has that name' });
      else sendTagged(request, response, body);
    }
  }
}

function fail(response: ServerResponse, error: unknown): void {
  send(response, 500, { problem: error instanceof Error ? error.message : String(error) });
}

/** Sends an ETag, so that a client that polls receives only what has changed. */
function sendTagged(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`;
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache', etag };
  if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
  else response.writeHead(200, headers).end(body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
