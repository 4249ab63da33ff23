import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * Whether a request comes from another web site's page in a browser: through a host name that it points at loopback
 * (header Host), across origins (Origin), or without either, as for an image or a script (Sec-Fetch-Site). There is no
 * authorisation on this machine, so any page could otherwise use the local servers. A link that a person follows is not
 * refused.
 */
export function isFromOtherSite({ method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK.test(host)) return true;
  if (origin !== undefined) return !isLoopbackOrigin(origin);
  return headers['sec-fetch-site'] === 'cross-site' && !(method === 'GET' && isNavigation(headers));
}

/** Refuses requests from pages of other web sites. @returns whether it was refused */
export function refuseOtherSites(request: IncomingMessage, response: ServerResponse): boolean {
  if (!isFromOtherSite(request)) return false;
  response.writeHead(403, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' });
  response.end(
    `${JSON.stringify({ problem: 'requested by another web site, or by a host name that is not loopback' })}\n`,
  );
  return true;
}

/** `null` is the origin of a page that hides its own. */
const isLoopbackOrigin = (origin: string): boolean => URL.canParse(origin) && LOOPBACK.test(new URL(origin).host);

const isNavigation = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
