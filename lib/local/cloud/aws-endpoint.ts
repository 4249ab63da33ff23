import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../free-port.ts';
import type { LocalAccount } from './account.ts';
import { isSignedBy, sha256, signingTime } from './signature.ts';

/** An answer with a status other than 200, in the form of AWS' JSON protocols. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One operation of a service, such as `GetSecretValue`: JSON in, JSON out. @throws AwsError */
export type AwsOperation = (input: Readonly<Record<string, unknown>>) => unknown;

/** A service: the name that requests to it are signed for, and its operations by their `X-Amz-Target`. */
export interface AwsService {
  readonly signingName: string;
  readonly operations: Readonly<Record<string, AwsOperation>>;
}

export interface AwsEndpoint {
  /** For AWS_ENDPOINT_URL_… */
  readonly url: string;
  stop(): Promise<void>;
}

const MOST_BYTES = 1024 * 1024;
const SKEW_MS = 5 * 60_000;

/**
 * Answers the unmodified AWS SDK on a free port of 127.0.0.1, for services that speak AWS' JSON protocol. Only requests
 * signed with the account's key are heard, for a secret is not for everybody on this machine. Permissions are not imitated:
 * whoever has the key may do what there is.
 */
export async function startAwsEndpoint(
  account: LocalAccount,
  services: readonly AwsService[],
  now: () => number,
): Promise<AwsEndpoint> {
  const server = createServer((request, response) => {
    answer(request, account, services, now)
      .catch((error: unknown) => error)
      .then((result) => write(response, result))
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

async function answer(
  request: IncomingMessage,
  account: LocalAccount,
  services: readonly AwsService[],
  now: () => number,
): Promise<unknown> {
  const body = await bodyOf(request);
  const target = String(request.headers['x-amz-target'] ?? '');
  const service = services.find(({ operations }) => Object.hasOwn(operations, target));
  const operation = service?.operations[target];
  if (service === undefined || operation === undefined)
    throw new AwsError('UnknownOperationException', `The local cloud has no ${target || 'operation without a target'}`);
  checkSignature(request, body, account, service.signingName, now());
  return await operation(JSON.parse(body.toString('utf8')) as Record<string, unknown>);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new AwsError('RequestEntityTooLarge', 'The request is too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkSignature(
  { method = '', url = '/', headers }: IncomingMessage,
  body: Buffer,
  { credentials, region }: LocalAccount,
  service: string,
  now: number,
): void {
  const { pathname: path, searchParams: query } = new URL(url, 'http://local');
  const authorization = headers.authorization ?? '';
  const field = (name: string) => new RegExp(`${name}=([^, ]+)`).exec(authorization)?.[1] ?? '';
  const date = String(headers['x-amz-date'] ?? '');
  const signed = isSignedBy(
    credentials,
    { region, service },
    {
      ...{ method, path, query, date },
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      bodyHash: sha256(body),
      signedHeaders: field('SignedHeaders'),
      credential: field('Credential'),
      signature: field('Signature'),
    },
  );
  if (!signed || !(Math.abs(now - signingTime(date)) < SKEW_MS))
    throw new AwsError('UnrecognizedClientException', "The request is not signed with this account's key", 400);
}

function write(response: ServerResponse, result: unknown): void {
  const failed = result instanceof Error;
  const { code = 'InternalFailure', status = 500 } = result instanceof AwsError ? result : {};
  const said = result instanceof AwsError ? result.message : 'The local cloud failed';
  response.writeHead(failed ? status : 200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(failed ? { __type: code, message: said, Message: said } : result));
}
