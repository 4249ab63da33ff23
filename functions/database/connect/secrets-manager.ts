import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { awsIdentity } from './aws-identity.ts';

/** Pauses before the second and the third attempt. Milliseconds. */
const PAUSES_MS = [100, 400];
/** Longest wait for the response to one attempt. Milliseconds. */
const ATTEMPT_TIMEOUT_MS = 3_000;

/** A response that another attempt may improve on. */
const isTransient = (status: number, code: string): boolean =>
  status >= 500 || status === 429 || code === 'ThrottlingException';

/**
 * Reads a secret's text. One signed request does it: the AWS SDK's client would be 570 of a bundle's 1,000 kB.
 * @returns undefined where the secret holds bytes
 * @throws Error naming the secret and the service's error code, never a value
 */
export async function fetchSecret(id: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    const pauseMs = PAUSES_MS[attempt];
    try {
      const { status, code, text } = await getSecretValue(id);
      if (status === 200) return text;
      if (pauseMs === undefined || !isTransient(status, code))
        throw new SecretUnreadable(`The secret ${id} cannot be read: ${code} (HTTP status ${status})`);
    } catch (cause) {
      if (cause instanceof SecretUnreadable) throw cause;
      if (pauseMs === undefined) throw new Error(`The secret ${id} cannot be read: no response`, { cause });
    }
    await sleep(pauseMs);
  }
}

class SecretUnreadable extends Error {}

async function getSecretValue(id: string): Promise<{ status: number; code: string; text: string | undefined }> {
  const identity = awsIdentity();
  const signer = new AwsV4Signer({
    ...identity,
    service: 'secretsmanager',
    url: endpointOf(identity.region),
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: id }),
  });
  const { url, method, headers, body } = await signer.sign();
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  const response = await fetch(url, { method, headers, body: body ?? null, signal });
  const found = parsed(await response.text());
  // some services put a namespace before the code
  const code = found.__type?.split('#').at(-1) ?? 'unknown error';
  return { status: response.status, code, text: found.SecretString };
}

/** A gateway's own page is not JSON; and a parser's error would quote the text. */
function parsed(text: string): { SecretString?: string; __type?: string } {
  try {
    return JSON.parse(text) as { SecretString?: string; __type?: string };
  } catch {
    return {};
  }
}

/** The service's endpoint in a region, or the one that the SDK's own variables name, as on a developer's machine. */
function endpointOf(region: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const regional = `https://secretsmanager.${region}.${domain}/`;
  return process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? process.env['AWS_ENDPOINT_URL'] ?? regional;
}
