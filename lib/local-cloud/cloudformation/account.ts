import { randomBytes } from 'node:crypto';

/** Of the account that the local cloud emulates. */
export const ACCOUNT_ID = '000000000000';
const DEFAULT_REGION = 'us-east-1';

/** An access key. Its secret signs requests to the local endpoints, which refuse any other signature. */
export interface AccountCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LocalAccount {
  readonly id: string;
  readonly region: string;
  readonly credentials: AccountCredentials;
}

/** The account for one run: the secret key is made up anew, and only the functions of this run know it. */
export function localAccount(region: string | undefined): LocalAccount {
  const credentials = { accessKeyId: 'AKIALOCALLOCALLOCAL0', secretAccessKey: randomBytes(30).toString('base64') };
  return { id: ACCOUNT_ID, region: region || DEFAULT_REGION, credentials };
}

/** What a function of this account finds in its environment, as Lambda puts it there from the function's role. */
export function accountVariables({ region, credentials }: LocalAccount): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
