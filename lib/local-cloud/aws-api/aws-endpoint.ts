import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalAccount } from '../cloudformation/account.ts';
import { isFromOtherSite } from '../machine/local-caller.ts';
import { LOOPBACK } from '../machine/loopback-port.ts';
import { isSignedRequest } from './signed-request.ts';

/** A service's response to one call. */
export interface AwsResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A service that speaks one of AWS' JSON protocols, or the query protocol. */
export interface AwsService {
  /** The service name in the signature of its requests, such as `secretsmanager`. */
  readonly signingName: string;
  /** The part of the header X-Amz-Target before the dot. */
  readonly target: string;
  /**
   * For the query protocol, which sends a form instead of JSON: the parameter Version. The action is then the target.
   */
  readonly queryVersion?: string;
  readonly respond: (target: string, body: string) => AwsResponse;
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

export const awsResponse = (value: unknown): AwsResponse => ({
  status: 200,
  contentType: CONTENT_TYPE,
  body: JSON.stringify(value),
});

export const awsFault = (type: string, message: string, status = 400): AwsResponse => ({
  status,
  contentType: CONTENT_TYPE,
  body: JSON.stringify({ __type: type, message }),
});

/** A response in the query protocol. @param result XML */
export const queryResponse = (action: string, result: string): AwsResponse => ({
  status: 200,
  contentType: 'text/xml',
  body: `<${action}Response><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${action}Response>`,
});

export const queryFault = (code: string, message: string, status = 400): AwsResponse => ({
  status,
  contentType: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

export interface AwsEndpoint {
  /** The value for AWS_ENDPOINT_URL_… */
  readonly url: string;
  stop(): Promise<void>;
}

const MOST_BYTES = 1024 * 1024;

/**
 * Serves the unmodified AWS SDK on a free port of 127.0.0.1, for services with AWS' JSON or query protocol. Only
 * requests that are signed with the account's key get a response, because not everyone on this machine may read
 * secrets. Permissions are not emulated: whoever has the key may do everything. Requests from web pages of other sites
 * are refused first.
 */
export async function startAwsEndpoint(
  account: LocalAccount,
  services: readonly AwsService[],
  now: () => number,
): Promise<AwsEndpoint> {
  const server = createServer((request, response) => {
    respond(request, account, services, now)
      .catch(() => awsFault('InternalFailure', 'The local cloud failed', 500))
      .then(({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  account: LocalAccount,
  services: readonly AwsService[],
  now: () => number,
): Promise<AwsResponse> {
  if (isFromOtherSite(request))
    return awsFault('AccessDeniedException', 'Only programs on this machine may call this', 403);
  const isForm = /^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '');
  if (!isForm && !/^application\/x-amz-json-1\.[01]$/.test(request.headers['content-type'] ?? ''))
    return awsFault(
      'UnsupportedMediaTypeException',
      'The local cloud speaks AWS JSON 1.0 and 1.1, and the query protocol',
      415,
    );
  const body = await bodyOf(request);
  if (body === undefined) return awsFault('RequestEntityTooLarge', 'The request is too large', 413);
  const form = isForm ? new URLSearchParams(body.toString('utf8')) : undefined;
  const target = form === undefined ? String(request.headers['x-amz-target'] ?? '') : (form.get('Action') ?? '');
  const service = services.find(({ target: begins, queryVersion }) =>
    form === undefined ? target.startsWith(`${begins}.`) : queryVersion === form.get('Version'),
  );
  if (service === undefined)
    return awsFault('UnknownOperationException', `The local cloud has no ${target || 'operation without a target'}`);
  if (!isSignedRequest(request, body, account, service.signingName, now()))
    return awsFault('UnrecognizedClientException', "The request is not signed with this account's key");
  return service.respond(target, body.toString('utf8'));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
