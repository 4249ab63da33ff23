import aws4 from 'aws4';
import { awsIdentity } from '../../aws/aws-identity.ts';

/** The address and the user of a login with IAM. */
export interface IamLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** How long RDS accepts a token. Seconds. */
const TOKEN_SECONDS = 900;

/**
 * Passwords for RDS IAM authentication. Each is a presigned URL of the action `connect`, without its scheme. It is signed in
 * this process, without a call to AWS, and is valid for a login within 15 minutes. Each connection gets a new one. None
 * is cached, because a cached one could expire while the environment is frozen.
 */
export function iamPasswords({ host, port, user }: IamLogin): () => Promise<string> {
  const address = `${host}:${port}`;
  const path = `/?Action=connect&DBUser=${encodeURIComponent(user)}&X-Amz-Expires=${TOKEN_SECONDS}`;
  return async () => {
    const { region, ...credentials } = awsIdentity();
    const request = { service: 'rds-db', region, headers: { Host: address }, path, signQuery: true };
    return `${address}${aws4.sign(request, credentials).path}`;
  };
}
