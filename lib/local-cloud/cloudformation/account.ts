import { randomBytes } from 'node:crypto';

/** The id of the emulated account. */
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

/** The account of one run. The secret key is generated for each run, and only the functions of that run know it. */
export function localAccount(region: string | undefined): LocalAccount {
  const credentials = { accessKeyId: 'AKIALOCALLOCALLOCAL0', secretAccessKey: randomBytes(30).toString('base64') };
  return { id: ACCOUNT_ID, region: region || DEFAULT_REGION, credentials };
}

/** The variables that Lambda adds to a function's environment from the function's role. */
export function accountVariables({ region, credentials }: LocalAccount): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
