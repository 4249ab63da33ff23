import type { IncomingMessage, ServerResponse } from 'node:http';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * Refuses what a page of another web site asks of this machine in somebody's browser: by a name of its own that it has
 * pointed at loopback (the header Host), or across origins (the header Origin). Nobody is authorised here, so that any
 * page could use the API otherwise.
 * @returns whether the request was refused
 */
export function refuseOtherSites({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const { host, origin } = headers;
  if ((host === undefined || LOOPBACK.test(host)) && (origin === undefined || isLoopbackOrigin(origin))) return false;
  response.writeHead(403, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' });
  response.end(`${JSON.stringify({ problem: 'asked by another web site, or under a name that is not loopback' })}\n`);
  return true;
}

/** `null` is the origin of a page that hides its own. */
const isLoopbackOrigin = (origin: string): boolean => URL.canParse(origin) && LOOPBACK.test(new URL(origin).host);
