import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { MAX_BODY_BYTES } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';
import { decodeText, withoutMark } from './decode-text.ts';

/**
 * Reads the request's body as text: decodes base64 and gzip, validates UTF-8 or UTF-16, and removes a byte order mark.
 * @throws Problem unsupported_charset, unsupported_encoding, invalid_encoding, body_too_large
 */
export function readBody(event: APIGatewayProxyEventV2): string {
  const charset = charsetOf(event.headers['content-type'] ?? '');
  const isGzip = isPacked(event.headers['content-encoding'] ?? 'identity');
  const body = event.body ?? '';
  if (!event.isBase64Encoded && !isGzip) {
    // the gateway passes valid UTF-8 as text, and UTF-16 with a byte order mark never is valid UTF-8
    if (charset?.startsWith('utf-16') || charset?.startsWith('utf16')) throw withoutMark();
    return body.replace(/^\uFEFF/, '');
  }
  const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
  return decodeText(isGzip ? unpack(bytes) : bytes, { charset, isGzip });
}

function charsetOf(contentType: string): string | undefined {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)"?/i.exec(contentType)?.[1]?.toLowerCase();
  if (charset === undefined || /^(utf-?8|us-ascii|utf-?16(le|be)?)$/.test(charset)) return charset;
  throw new Problem(
    'unsupported_charset',
    `the charset is ${charset.slice(0, 40)}, and the body must be UTF-8, or UTF-16 with a byte order mark: convert it, such as with iconv -f ${charset.slice(0, 40)} -t utf-8`,
  );
}

/** `x-gzip` is the same as `gzip` (RFC 9110, 8.4.1.3). */
function isPacked(contentEncoding: string): boolean {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new Problem('unsupported_encoding', 'Content-Encoding may be gzip, once', {
    headers: { 'Accept-Encoding': 'gzip' },
  });
}

/** Decompresses up to the limit and no further, so a gzip bomb costs the limit and not its size. */
function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Problem('body_too_large', explainSize(bytes), { cause });
    }
    throw new Problem('invalid_encoding', explainGzip(bytes, cause), { cause });
  }
}

/** The last four bytes of gzip are the uncompressed size of its last member, modulo 2^32. */
function explainSize(bytes: Buffer): string {
  const declared = bytes.readUInt32LE(bytes.length - 4);
  const found = declared > MAX_BODY_BYTES ? `${declared}` : `more than ${MAX_BODY_BYTES}`;
  return `the body unpacks to ${found} bytes, and at most ${MAX_BODY_BYTES} are allowed: send it as several batches`;
}

function explainGzip(bytes: Buffer, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return 'the body is not gzip, and Content-Encoding says it is';
  if (message.includes('unexpected end')) return 'the gzip body is cut short';
  if (message.includes('data check') || message.includes('length check'))
    return 'the gzip body is damaged: its checksum is wrong';
  if (message.includes('incorrect header')) return 'the gzip body is followed by bytes that are not gzip';
  return 'the gzip body is damaged';
}
