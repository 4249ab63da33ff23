import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { BODY_LIMIT_BYTES, type DescribeFault, faultResponse, GATEWAY_FAULTS } from './gateway-faults.ts';
import type { HttpResponse } from './http-api-event.ts';

/** A body that declares at most so much is on its way already when its headers are read. Bytes. */
const SMALL_BODY_BYTES = 64 * 1024;

/** What the client says its body has; undefined for a chunked one, which says nothing. Bytes. */
export function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

export function declaresTooMuch(request: IncomingMessage): boolean {
  return (declaredBytes(request) ?? 0) > BODY_LIMIT_BYTES;
}

export function isSmall(request: IncomingMessage): boolean {
  return (declaredBytes(request) ?? Number.POSITIVE_INFINITY) <= SMALL_BODY_BYTES;
}

export const isPacked = ({ headers }: IncomingMessage): boolean => headers['content-encoding'] !== undefined;

/**
 * The whole body, unless it is larger than the gateway takes, there is no room for it, or the client leaves.
 * @param mayHold asked before each part is kept, with the bytes of all of them
 */
export function readBody(
  request: IncomingMessage,
  mayHold: (bytes: number) => boolean,
): Promise<Buffer | 'too-large' | 'no-room' | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const giveUp = (why: 'too-large' | 'no-room') => {
      request.removeListener('data', keep).pause();
      resolve(why);
    };
    const keep = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_LIMIT_BYTES) giveUp('too-large');
      else if (!mayHold(bytes)) giveUp('no-room');
      else chunks.push(chunk);
    };
    request.on('data', keep);
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
export async function writeResponse(response: ServerResponse, answer: HttpResponse, close: boolean): Promise<void> {
  const sent = writeHead(response, answer, close);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(sent, resolve);
    if (response.destroyed) resolve();
  });
}

/**
 * Responds to a request whose body has not been read to its end, and closes the connection. The response goes out at once and
 * is whole by its length. Then what the client still sends is read and thrown away, for a while: closing a socket with unread
 * bytes in it resets the connection, and the client would see that in place of the response.
 * @param linger reads and throws away; resolves when that should end
 */
export async function refuseUnread(
  response: ServerResponse,
  answer: HttpResponse,
  linger: (request: IncomingMessage) => Promise<void>,
): Promise<void> {
  response.write(writeHead(response, answer, true));
  await linger(response.req);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(resolve);
    if (response.destroyed) resolve();
  });
}

function writeHead(response: ServerResponse, { statusCode, headers, body }: HttpResponse, close: boolean): Buffer {
  const hasBody = statusCode !== 204 && statusCode !== 304;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (hasBody) response.setHeader('content-length', body.length);
  if (close) response.setHeader('connection', 'close');
  return hasBody ? body : Buffer.alloc(0);
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
