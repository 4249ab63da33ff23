import { createHash } from 'node:crypto';
import { anothersCursor, isCursorForm, notACursor } from '../contract/page.ts';
import type { ApiRequest } from './api-request.ts';

/**
 * A cursor belongs to the query of its page. With other parameters it would silently skip or repeat rows. The client
 * receives a tag of the query, followed by the position that `encodeCursor` wrote. The tag detects mistakes; it is not
 * a signature.
 */

/** What a cursor is bound to. */
export type PagedRequest = Pick<ApiRequest, 'name' | 'params' | 'query'>;

/** 48 bits as base64url. */
const TAG_LENGTH = 8;

/** The page size and the precision of prices do not affect which rows come next. */
const UNBOUND: ReadonlySet<string> = new Set(['cursor', 'limit', 'precision']);

function tagOf({ name, params, query }: PagedRequest): string {
  const bound = Object.entries(query).filter(([parameter]) => !UNBOUND.has(parameter));
  const digest = createHash('sha256').update(JSON.stringify([name, params, bound]));
  return digest.digest('base64url').slice(0, TAG_LENGTH);
}

/** The cursor that a client receives, from a position in the list. */
export const bindCursor = (request: PagedRequest, position: string): string => tagOf(request) + position;

/**
 * The request with the position of its cursor; unchanged if it has no cursor.
 * @throws Problem invalid_request if the cursor was returned by another query
 */
export function withPosition<R extends PagedRequest>(request: R): R {
  const { cursor } = request.query as { readonly cursor?: string };
  if (cursor === undefined) return request;
  const [tag, position] = [cursor.slice(0, TAG_LENGTH), cursor.slice(TAG_LENGTH)];
  if (!isCursorForm(position)) throw notACursor();
  if (tag !== tagOf(request)) throw anothersCursor();
  return { ...request, query: { ...request.query, cursor: position } };
}
