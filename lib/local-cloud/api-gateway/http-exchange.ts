import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { BODY_LIMIT_BYTES, type DescribeFault, faultResponse, GATEWAY_FAULTS } from './gateway-faults.ts';
import type { HttpResponse } from './http-api-event.ts';

/** A body declared with at most this size is normally already on its way when its headers are read. Bytes. */
const SMALL_BODY_BYTES = 64 * 1024;

/** The body size that the client declares; undefined for a chunked body, which declares none. Bytes. */
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
 * Reads the whole body, unless it exceeds the gateway's limit, there is no room for it, or the client disconnects.
 * @param mayHold called before each chunk is kept, with the total bytes including it
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

/** Reads the body and discards it. */
export function discardBody(request: IncomingMessage): Promise<'discarded' | 'aborted'> {
  return new Promise((resolve) => {
    request.on('end', () => resolve('discarded'));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
    request.resume();
  });
}

/** Resolves when the response is sent or the client is gone. With `close` the connection closes after it. */
export async function writeResponse(response: ServerResponse, content: HttpResponse, close: boolean): Promise<void> {
  const sent = writeHead(response, content, close);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(sent, resolve);
    if (response.destroyed) resolve();
  });
}

/**
 * Responds to a request whose body has not been read to its end, and closes the connection. The response is sent at
 * once, with a Content-Length, so it is complete. Then the rest of the client's body is read and discarded for a while:
 * closing a socket with unread bytes resets the connection, and the client would see the reset instead of the response.
 * @param linger reads and discards; resolves when that should end
 */
export async function refuseUnread(
  response: ServerResponse,
  content: HttpResponse,
  linger: (request: IncomingMessage) => Promise<void>,
): Promise<void> {
  response.write(writeHead(response, content, true));
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

/** The wait from the close of a client's side to the first probe, and from the first probe to the second. */
const ASK_AFTER_MS = 100;

/**
 * A client that has closed its side either still reads or has disconnected. Until something is written to it, both look
 * the same. So while its request waits for a process, two interim responses (RFC 9110, 15.2) are sent. A client that
 * has disconnected rejects the first, and the second fails because of that. Then the response closes, as if the client
 * had broken the connection.
 * @param waiting the response; undefined once the request no longer waits
 */
export async function askWhetherRead(waiting: () => ServerResponse | undefined): Promise<void> {
  for (let asked = 0; asked < 2; asked += 1) {
    await delay(ASK_AFTER_MS, undefined, { ref: false });
    const response = waiting();
    if (response === undefined || response.destroyed) return;
    if (response.req.httpVersion === '1.1') response.writeProcessing();
  }
}

/** Responds to input that never became a request: the parser gave up on it, or it arrived too slowly. */
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
