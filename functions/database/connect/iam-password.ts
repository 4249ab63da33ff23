import { Signer } from '@aws-sdk/rds-signer';

export interface IamLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/**
 * Passwords for RDS IAM authentication. Each is signed on this machine, without a call, and is good for a login within 15
 * minutes; so one is made for each connection and none is kept, for a cached one could outlive a frozen environment.
 */
export function iamPasswords({ host, port, user }: IamLogin): () => Promise<string> {
  const region = process.env['AWS_REGION'];
  const signer = new Signer({ hostname: host, port, username: user, ...(region === undefined ? {} : { region }) });
  return () => signer.getAuthToken();
}
