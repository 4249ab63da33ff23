import type { IncomingMessage } from 'node:http';
import type { LocalAccount } from '../cloudformation/account.ts';
import { isSignedBy, sha256, signingTime } from './signature.ts';

/** The clock skew that AWS allows. */
const SKEW_MS = 5 * 60_000;

/** The account whose key must have signed. */
export type Signer = Pick<LocalAccount, 'credentials' | 'region'>;

/**
 * Whether a request has a valid signature (Signature Version 4, in its headers) of the account's key for this service,
 * within the clock skew that AWS allows. Permissions are not emulated: whoever has the key may do everything.
 */
export function isSignedRequest(
  { method = '', url = '/', headers }: IncomingMessage,
  body: Buffer,
  { credentials, region }: Signer,
  service: string,
  now: number,
): boolean {
  const { pathname: path, searchParams: query } = new URL(url, 'http://local');
  const authorization = headers.authorization ?? '';
  const field = (name: string) => new RegExp(`${name}=([^, ]+)`).exec(authorization)?.[1] ?? '';
  const date = String(headers['x-amz-date'] ?? '');
  const isFresh = Math.abs(now - signingTime(date)) < SKEW_MS;
  return (
    isFresh &&
    isSignedBy(
      credentials,
      { region, service },
      {
        ...{ method, path, query, date },
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        bodyHash: sha256(body),
        signedHeaders: field('SignedHeaders'),
        credential: field('Credential'),
        signature: field('Signature'),
      },
    )
  );
}
