import { AwsV4Signer } from 'aws4fetch';

/** A request before it is sent. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | string | undefined;
}

/** Returns the headers that identify the caller, for one attempt, because a signature contains its time. */
export type Authorize = (request: UnsignedRequest) => Promise<Headers> | Headers;

/** AWS credentials, as every provider of the AWS SDK returns them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * For an API with a JWT authoriser. If the token is a function, it is called before every attempt, so that it can renew
 * the token.
 */
export function bearer(token: string | (() => string | Promise<string>)): Authorize {
  return async ({ headers }) => {
    const value = typeof token === 'string' ? token : await token();
    const signed = new Headers(headers);
    signed.set('authorization', `Bearer ${value}`);
    return signed;
  };
}

/**
 * For an API with IAM authorisation: AWS Signature Version 4, service `execute-api`. A credential provider is called
 * before every attempt; those of the AWS SDK cache by themselves.
 */
export function sigV4(options: {
  readonly region: string;
  readonly credentials: Credentials | (() => Promise<Credentials>);
}): Authorize {
  return async ({ method, url, headers, body }) => {
    const { credentials } = options;
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof credentials === 'function' ? await credentials() : credentials;
    const signer = new AwsV4Signer({
      ...{ method, url, headers, accessKeyId, secretAccessKey },
      ...(body === undefined ? {} : { body }),
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 'execute-api',
      region: options.region,
    });
    return (await signer.sign()).headers;
  };
}
