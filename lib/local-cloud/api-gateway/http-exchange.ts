import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { BODY_LIMIT_BYTES, type DescribeFault, faultResponse, GATEWAY_FAULTS } from './gateway-faults.ts';
import type { HttpResponse } from './http-api-event.ts';

/** How long the rest of a refused upload is read and thrown away, so that the client sees the response and no reset. */
const LINGER_MS = 1_000;

export function declaresTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length']) > BODY_LIMIT_BYTES;
}

/** The whole body, unless it is larger than the gateway takes or the client leaves. */
export function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted'> {
  if (declaresTooMuch(request)) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_LIMIT_BYTES) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve('too-large');
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}

/** Reads the body and keeps nothing of it. */
export function discardBody(request: IncomingMessage): Promise<'discarded' | 'aborted'> {
  return new Promise((resolve) => {
    request.on('end', () => resolve('discarded'));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
    request.resume();
  });
}

/** Resolves when the response is sent or the client is gone. With `close` the connection ends after it. */
export async function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { statusCode, headers, body }: HttpResponse,
  close: boolean,
): Promise<void> {
  const hasBody = statusCode !== 204 && statusCode !== 304;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (hasBody) response.setHeader('content-length', body.length);
  if (close) response.setHeader('connection', 'close');
  const sent = hasBody ? body : Buffer.alloc(0);
  if (!request.complete) {
    // Ending a response with `connection: close` closes the socket, and what is unread in it would turn that into a reset.
    response.write(sent);
    await discardRest(request);
  }
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    if (request.complete) response.end(sent, resolve);
    else response.end(resolve);
    if (response.destroyed) resolve();
  });
}

async function discardRest(request: IncomingMessage): Promise<void> {
  request.resume();
  const done = new AbortController();
  request.once('close', () => done.abort());
  request.once('end', () => done.abort());
  await delay(LINGER_MS, undefined, { signal: done.signal }).catch(() => {});
}

/** Between the end of a client's side and the question whether it still reads, and between that and the next. */
const ASK_AFTER_MS = 100;

/**
 * A client that has closed its side either still reads, or has hung up: until something is written to it, both look the same.
 * So where its request waits for a process, an interim response (RFC 9110, 15.2) goes ahead, twice. A client that has hung up
 * refuses the first, which the second meets; then the response closes, as if the client had broken the connection.
 * @param waiting the response; undefined once the request waits no more
 */
export async function askWhetherRead(waiting: () => ServerResponse | undefined): Promise<void> {
  for (let asked = 0; asked < 2; asked += 1) {
    await delay(ASK_AFTER_MS, undefined, { ref: false });
    const response = waiting();
    if (response === undefined || response.destroyed) return;
    if (response.req.httpVersion === '1.1') response.writeProcessing();
  }
}

/** Responds to what never became a request: the parser gave up on it, or it came too slowly. */
export function refuseUnreadable(
  error: Pick<NodeJS.ErrnoException, 'code'>,
  socket: Duplex,
  describe: DescribeFault,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const fault =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? GATEWAY_FAULTS.headersTooLarge
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? GATEWAY_FAULTS.slowRequest
        : GATEWAY_FAULTS.malformedRequest;
  const { statusCode, headers, body } = faultResponse(fault, randomUUID(), '/', describe);
  const lines = Object.entries({ ...headers, 'content-length': body.length, connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${head}\r\n${body}`);
}
