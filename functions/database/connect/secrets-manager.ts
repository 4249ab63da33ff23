import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
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
  const { region, ...credentials } = awsIdentity();
  const endpoint = endpointOf(region);
  const request = {
    service: 'secretsmanager',
    region,
    method: 'POST',
    path: '/',
    headers: {
      Host: endpoint.host,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId: id }),
  };
  const { headers, body } = aws4.sign(request, credentials);
  const { status, text } = await post(endpoint, headers as Record<string, string>, body as string);
  const found = parsed(text);
  // some services put a namespace before the code
  const code = found.__type?.split('#').at(-1) ?? 'unknown error';
  return { status, code, text: found.SecretString };
}

/**
 * One HTTP request. Not by `fetch`, whose first use takes 34 ms of processor time at a cold start; and not by an import of
 * `node:http`, which loads the same library to list its exports.
 */
function post(url: URL, headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', headers, signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
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
function endpointOf(region: string): URL {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const regional = `https://secretsmanager.${region}.${domain}/`;
  return new URL(process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? process.env['AWS_ENDPOINT_URL'] ?? regional);
}
