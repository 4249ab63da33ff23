import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { FuzzedRequest } from './generate-request.ts';

/** What came back on a connection, until it was closed. */
export interface RawReply {
  /** The status of each response but interim ones; empty if the connection was closed without one. */
  readonly statuses: readonly number[];
  readonly text: string;
  readonly ms: number;
}

/** The bytes of a request; the connection ends after it. */
export function bytesOf({ method, path, query, headers, body }: FuzzedRequest): Buffer {
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  const lines = [
    `${method} ${path === '' ? '/' : path}${search === '' ? '' : `?${search}`} HTTP/1.1`,
    ...(headers.some(([name]) => name === 'Host') ? [] : ['Host: localhost']),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    ...(body.length === 0 ? [] : [`Content-Length: ${body.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

const encode = (text: string) => encodeURIComponent(text.toWellFormed());

/** Head and body, unpacked where a response is packed. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf('\r\n\r\n') + 4;
  const head = bytes.subarray(0, end).toString();
  const isPacked = /^content-encoding: gzip/im.test(head) && bytes.length > end;
  return isPacked ? head + gunzipSync(bytes.subarray(end)).toString() : bytes.toString();
}

/** Sends bytes in parts and reads until the server closes the connection, or for `limitMs`, which then is an error. */
export function sendRaw(
  port: number,
  parts: readonly (Buffer | string)[],
  { limitMs = 20_000, betweenMs = 0, thenEnd = false } = {},
): Promise<RawReply> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no response and no end within ${limitMs} ms`));
    }, limitMs);
    const finish = () => {
      clearTimeout(timer);
      const text = textOf(Buffer.concat(chunks));
      const statuses = [...text.matchAll(/HTTP\/1\.1 ([2-5]\d{2}) [A-Z][^\r\n]*\r\n/g)].map(([, status]) =>
        Number(status),
      );
      resolve({ statuses, text, ms: performance.now() - began });
    };
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.once('close', finish);
    socket.once('connect', async () => {
      for (const part of parts) {
        if (socket.destroyed) return;
        socket.write(part);
        if (betweenMs > 0) await new Promise((next) => setTimeout(next, betweenMs));
      }
      if (thenEnd) socket.end();
    });
  });
}
