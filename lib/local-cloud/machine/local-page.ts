import type { IncomingMessage } from 'node:http';

/** One page below `/_local`: what it responds to GET, as JSON. Undefined if there is nothing of what the query names. */
export type LocalPage = (query: URLSearchParams) => unknown;

/** Something one may ask the local cloud to do. @returns the response, as JSON */
export type LocalAction = (request: IncomingMessage) => Promise<{ readonly status: number; readonly body: unknown }>;
