import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AccountCredentials } from '../cloudformation/account.ts';

/** A request that claims to be signed by AWS Signature Version 4. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Without the signature. */
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body. Hex. */
  readonly bodyHash: string;
  readonly signedHeaders: string;
  /** `AKIA…/20260101/us-east-1/rds-db/aws4_request`. */
  readonly credential: string;
  /** `20260101T000000Z`. */
  readonly date: string;
  readonly signature: string;
}

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** Whether the account's key has signed this request for this service and region. The caller must check the time. */
export function isSignedBy(
  credentials: AccountCredentials,
  scope: { readonly region: string; readonly service: string },
  request: SignedRequest,
): boolean {
  const { date, credential, signedHeaders } = request;
  const expectedScope = `${date.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  if (credential !== `${credentials.accessKeyId}/${expectedScope}`) return false;
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...signedHeaders.split(';').map((name) => `${name}:${(request.headers[name] ?? '').trim()}`),
    '',
    signedHeaders,
    request.bodyHash,
  ].join('\n');
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${expectedScope}\n${sha256(canonical)}`;
  const expected = createHmac('sha256', signingKey(credentials.secretAccessKey, expectedScope)).update(toSign).digest();
  const given = Buffer.from(request.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

let newest: { readonly secret: string; readonly scope: string; readonly key: Buffer } | undefined;

/**
 * The key for one day, region and service. The newest is cached, as in the SDK: it is four of the five hashes of a
 * request.
 */
function signingKey(secret: string, scope: string): Buffer {
  if (newest?.secret === secret && newest.scope === scope) return newest.key;
  const hash = (key: Buffer | string, part: string) => createHmac('sha256', key).update(part).digest();
  const [first = '', ...parts] = scope.split('/');
  const key = parts.reduce(hash, hash(`AWS4${secret}`, first));
  newest = { secret, scope, key };
  return key;
}

/** `20260101T000000Z` as epoch milliseconds; NaN for anything else. */
export function signingTime(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .sort()
    .join('&');
}

/** Keeps RFC 3986's unreserved characters. */
const escapeUri = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
