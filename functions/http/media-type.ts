import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { BATCH_MEDIA_TYPES, type BatchMediaType, MEDIA_TYPE_ALIASES } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';

/** A request's media type, lower case and without parameters. */
export function mediaTypeOf(event: APIGatewayProxyEventV2): string {
  return (event.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A request's media type, with aliases replaced by the name that batches use. */
export const batchMediaTypeOf = (event: APIGatewayProxyEventV2): string => {
  const mediaType = mediaTypeOf(event);
  return MEDIA_TYPE_ALIASES[mediaType] ?? mediaType;
};

/** Media types sent by mistake, and what to send instead. */
const HINTS: Readonly<Record<string, string>> = {
  'multipart/form-data': 'send the file as the body, such as with curl --data-binary @file, not as a form',
  'application/x-www-form-urlencoded':
    "say what the body is, such as with curl -H 'Content-Type: text/csv' --data-binary @file",
  'application/gzip': 'send the type of what is packed, and Content-Encoding: gzip',
  'application/x-gzip': 'send the type of what is packed, and Content-Encoding: gzip',
  'application/zip': 'a .zip is not unpacked: send each file of it, and Content-Encoding: gzip to save bytes',
  'text/plain': 'say what the text is, such as text/csv',
  'application/octet-stream': 'say what the bytes are, such as text/csv',
  '': 'say what the body is, such as with Content-Type: text/csv',
};

/** Media types of a PATCH: both mean RFC 7396, with objects of one level. */
const PATCH_MEDIA_TYPES = ['application/json', 'application/merge-patch+json'];

/** @throws Problem unsupported_media_type, which names the accepted types */
export function checkMediaType(event: APIGatewayProxyEventV2, isBatch: boolean): BatchMediaType {
  const mediaType = isBatch ? batchMediaTypeOf(event) : mediaTypeOf(event);
  const json = event.requestContext.http.method === 'PATCH' ? PATCH_MEDIA_TYPES : ['application/json'];
  const allowed: readonly string[] = isBatch ? BATCH_MEDIA_TYPES : json;
  if (allowed.includes(mediaType)) return mediaType as BatchMediaType;
  const hint = isBatch ? HINTS[mediaType] : undefined;
  throw new Problem(
    'unsupported_media_type',
    `the body must be ${allowed.join(' or ')}${hint === undefined ? '' : `: ${hint}`}`,
    {
      headers: { Accept: allowed.join(', ') },
    },
  );
}
