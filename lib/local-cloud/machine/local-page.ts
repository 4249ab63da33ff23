import type { IncomingMessage } from 'node:http';

/** One page below `/_local`. Returns the JSON body for a GET, or undefined if what the query names does not exist. */
export type LocalPage = (query: URLSearchParams) => unknown;

/** An action below `/_local`. @returns the response, as JSON */
export type LocalAction = (request: IncomingMessage) => Promise<{ readonly status: number; readonly body: unknown }>;
