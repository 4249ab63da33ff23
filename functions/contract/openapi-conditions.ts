import type { Json } from './openapi-schemas.ts';
import type { Route } from './route.ts';

const TAG = '"5f0c1c3e-3f0d-4f6a-9d8f-0e4d7f6b2a11"';

/** The header that names the state of a thing. */
export const ETAG: Json = {
  ETag: { description: 'Identifies the returned state.', schema: { type: 'string', examples: [TAG] } },
};

/** `If-Match` and `If-None-Match` of a route that honours them. */
export function conditionParameters({ method }: Pick<Route, 'method'>): Json[] {
  const isRead = method === 'GET';
  const parameter = (name: string, description: string, example: string): Json => ({
    ...{ name, in: 'header', required: false, description, schema: { type: 'string' } },
    example,
  });
  const ifMatch = isRead
    ? 'The ETag of the state that is wanted; 412 for any other.'
    : 'The ETag of the state that is to change; 412 and no change for any other.';
  const ifNoneMatch = isRead
    ? 'The ETag that you have; 304 while it is the same.'
    : '`*`: only create; 412 and no change where it exists.';
  return [
    parameter('If-Match', ifMatch, TAG),
    ...(method === 'PATCH' ? [] : [parameter('If-None-Match', ifNoneMatch, isRead ? TAG : '*')]),
  ];
}

/** The response to a read of what the client has already. */
export const notModified = (headers: Json): Json => ({
  description: 'The state is still the one that `If-None-Match` names. No body.',
  headers: { ...headers, ...ETAG },
});
