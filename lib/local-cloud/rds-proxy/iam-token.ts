import { isSignedBy, sha256, signingTime } from '../aws-api/signature.ts';
import type { LocalAccount } from '../cloudformation/account.ts';

/** RDS accepts a token for a login within 15 minutes of its creation. Seconds. */
const MOST_SECONDS = 900;
/** Allowed clock skew. Milliseconds. */
const SKEW_MS = 5 * 60_000;

export interface TokenAudience {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/**
 * Why a password is not a valid RDS IAM token for this endpoint and user at this time; undefined if it is valid. A
 * token is a presigned request `host:port/?Action=connect&DBUser=user&X-Amz-…`.
 */
export function tokenFault(
  token: string,
  { host, port, user }: TokenAudience,
  account: LocalAccount,
  now: number,
): string | undefined {
  const prefix = `${host}:${port}/?`;
  if (!token.startsWith(prefix)) return 'it is not a token for this endpoint';
  const query = new URLSearchParams(token.slice(prefix.length));
  const parameter = (name: string) => query.get(name) ?? '';
  const signature = parameter('X-Amz-Signature');
  if (parameter('Action') !== 'connect' || parameter('DBUser') !== user) return 'it is not a token for this user';
  const date = parameter('X-Amz-Date');
  const age = now - signingTime(date);
  const lifetime = Math.min(Number(parameter('X-Amz-Expires')), MOST_SECONDS) * 1000;
  const request = {
    method: 'GET',
    path: '/',
    query: without(query, 'X-Amz-Signature'),
    headers: { host: `${host}:${port}` },
    bodyHash: sha256(''),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    credential: parameter('X-Amz-Credential'),
    date,
    signature,
  };
  const { credentials, region } = account;
  if (!isSignedBy(credentials, { region, service: 'rds-db' }, request)) return 'its signature is not valid';
  if (!(age <= lifetime && age > -SKEW_MS)) return 'it has expired';
  return undefined;
}

function without(query: URLSearchParams, name: string): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete(name);
  return rest;
}
