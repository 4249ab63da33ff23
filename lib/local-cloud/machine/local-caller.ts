import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * Whether a page of another web site asks, in somebody's browser: by a name of its own that it has pointed at loopback
 * (the header Host), across origins (Origin), or without either, as an image or a script is loaded (Sec-Fetch-Site). Nobody
 * is authorised on this machine, so any page could use what listens here otherwise. A link that a person follows is not
 * refused.
 */
export function isFromOtherSite({ method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK.test(host)) return true;
  if (origin !== undefined) return !isLoopbackOrigin(origin);
  return headers['sec-fetch-site'] === 'cross-site' && !(method === 'GET' && isNavigation(headers));
}

/** Refuses what a page of another web site asks. @returns whether it was refused */
export function refuseOtherSites(request: IncomingMessage, response: ServerResponse): boolean {
  if (!isFromOtherSite(request)) return false;
  response.writeHead(403, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' });
  response.end(`${JSON.stringify({ problem: 'asked by another web site, or under a name that is not loopback' })}\n`);
  return true;
}

/** `null` is the origin of a page that hides its own. */
const isLoopbackOrigin = (origin: string): boolean => URL.canParse(origin) && LOOPBACK.test(new URL(origin).host);

const isNavigation = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
