import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
import { awsIdentity } from './aws-identity.ts';
import { type Posted, post } from './post.ts';

/** One operation of an AWS service that is called by POST to the root of its endpoint. */
export interface AwsCall {
  /** As requests are signed for it: `secretsmanager`, `sns`, `sqs`, `monitoring`. */
  readonly service: string;
  /** Names the operation in errors: `sns Publish`. */
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Pauses before the second and the third attempt. Milliseconds. */
const PAUSES_MS = [100, 400];

/** A service refused, or there was no response. The message names the operation and the service's code, never a value. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** The service's own, such as `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number | undefined;

  constructor(operation: string, code: string, status: number | undefined, cause?: unknown) {
    super(`${operation} failed: ${code}${status === undefined ? '' : ` (HTTP status ${status})`}`, { cause });
    this.code = code;
    this.status = status;
  }
}

/**
 * Calls a service by one signed request, up to three times where another attempt may help. The AWS SDK's client of a single
 * service would be 250 to 570 kB of a bundle.
 * @returns the body of the response
 * @throws AwsError
 */
export async function callAws(call: AwsCall): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await send(call).catch((cause: unknown) => ({ cause }));
    if ('text' in outcome && outcome.status === 200) return outcome.text;
    const pauseMs = PAUSES_MS[attempt];
    if (!('text' in outcome)) {
      if (pauseMs === undefined) throw new AwsError(call.operation, 'no response', undefined, outcome.cause);
    } else {
      const code = codeIn(outcome.text);
      if (pauseMs === undefined || !isTransient(outcome.status, code))
        throw new AwsError(call.operation, code, outcome.status);
    }
    await sleep(pauseMs);
  }
}

function send({ service, headers, body }: AwsCall): Promise<Posted> {
  const { region, ...credentials } = awsIdentity();
  const endpoint = endpointOf(service, region);
  const request = { service, region, method: 'POST', path: '/', headers: { Host: endpoint.host, ...headers }, body };
  const signed = aws4.sign(request, credentials);
  return post(endpoint, signed.headers as Record<string, string>, body);
}

/** A response that another attempt may improve on. */
const isTransient = (status: number, code: string): boolean =>
  status >= 500 || status === 429 || /Throttl|TooManyRequests/.test(code);

/** Of JSON's `__type`, before which some services put a namespace, or of the query protocol's XML. */
function codeIn(text: string): string {
  const [, fromJson, fromXml] = /"__type"\s*:\s*"(?:[^"]*#)?([^"]+)"|<Code>([^<]+)<\/Code>/.exec(text) ?? [];
  return fromJson ?? fromXml ?? 'unknown error';
}

/** The service's endpoint in a region, or the one that the SDK's own variables name, as on a developer's machine. */
function endpointOf(service: string, region: string): URL {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const own = process.env[`AWS_ENDPOINT_URL_${VARIABLES[service] ?? service.toUpperCase()}`];
  return new URL(own ?? process.env['AWS_ENDPOINT_URL'] ?? `https://${service}.${region}.${domain}/`);
}

/** What the SDK calls a service in `AWS_ENDPOINT_URL_…`, where that is not how requests are signed for it. */
const VARIABLES: Readonly<Record<string, string>> = { secretsmanager: 'SECRETS_MANAGER', monitoring: 'CLOUDWATCH' };
