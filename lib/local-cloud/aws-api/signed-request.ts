import type { IncomingMessage } from 'node:http';
import type { LocalAccount } from '../cloudformation/account.ts';
import { isSignedBy, sha256, signingTime } from './signature.ts';

/** How far AWS lets clocks disagree. */
const SKEW_MS = 5 * 60_000;

/** Whose key must have signed. */
export type Signer = Pick<LocalAccount, 'credentials' | 'region'>;

/**
 * Whether a request carries the signature (Signature Version 4, in its headers) of the account's key, for this service and
 * not longer ago than AWS takes. Permissions are not emulated: who has the key may do everything.
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
