import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { MAX_BODY_BYTES } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';

/** A request's media type, lower case and without parameters. */
export function mediaTypeOf(event: APIGatewayProxyEventV2): string {
  return (event.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * The request's body as text: base64 and gzip decoded, UTF-8 checked, without a byte order mark.
 * @throws Problem unsupported_charset, unsupported_encoding, invalid_encoding, body_too_large
 */
export function readBody(event: APIGatewayProxyEventV2): string {
  checkCharset(event.headers['content-type'] ?? '');
  const encoding = (event.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Problem('unsupported_encoding', 'Content-Encoding must be gzip or identity', {
      headers: { 'Accept-Encoding': 'gzip' },
    });
  }
  const body = event.body ?? '';
  if (!event.isBase64Encoded && encoding === 'identity') return body.replace(/^\uFEFF/, '');
  const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
  return decodeUtf8(encoding === 'gzip' ? unpack(bytes) : bytes);
}

function checkCharset(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)"?/i.exec(contentType)?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new Problem('unsupported_charset', 'the body must be UTF-8');
  }
}

/** Unpacks up to the limit and no further: a gzip bomb costs its limit, not its size. */
function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Problem('body_too_large', `the body unpacks to more than ${MAX_BODY_BYTES} bytes`, { cause });
    }
    throw new Problem('invalid_encoding', 'the body is not valid gzip, or is truncated', { cause });
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Problem('invalid_encoding', 'the body is not valid UTF-8', { cause });
  }
}
