import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { LOOPBACK } from '../machine/loopback-port.ts';
import type { Certificate } from './certificate.ts';
import { CANCEL_REQUEST, fatal, GSS_REQUEST, PROTOCOL_3, readStartup, SSL_REQUEST } from './postgres-messages.ts';

/** A listener on loopback that accepts Postgres clients only with TLS. */
export interface TlsListener {
  readonly port: number;
  /** Closes every connection. Idempotent. */
  stop(): Promise<void>;
}

export interface TlsListenerOptions {
  readonly certificate: Certificate;
  /** The error for a client that does not request TLS. */
  readonly refusal: string;
  /** Receives each client once its connection is encrypted. An error that it throws closes the connection. */
  readonly serve: (client: TLSSocket) => Promise<void>;
}

/** A client that has not logged in within this time is disconnected. */
const LOGIN_TIMEOUT_MS = 10_000;

/** Listens on a free port of 127.0.0.1. A CancelRequest closes the connection without an effect, as on RDS Proxy. */
export async function startTlsListener({ certificate, refusal, serve }: TlsListenerOptions): Promise<TlsListener> {
  const secureContext = createSecureContext({ cert: certificate.certificate, key: certificate.key });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(), LOGIN_TIMEOUT_MS);
    void secured(socket)
      .then(serve)
      .catch(() => socket.destroy())
      .finally(() => clearTimeout(timer));
  });

  async function secured(socket: Socket): Promise<TLSSocket> {
    for (;;) {
      const { code } = await readStartup(socket);
      if (code === GSS_REQUEST) {
        socket.write('N');
        continue;
      }
      // bytes after the request were not encrypted, and must not be treated as if they were
      if (code === SSL_REQUEST && socket.readableLength === 0) break;
      if (code === PROTOCOL_3) socket.end(fatal('28000', refusal));
      throw new Error(code === CANCEL_REQUEST ? 'a cancel request' : 'no request for TLS');
    }
    socket.write('S');
    const client = new TLSSocket(socket, { isServer: true, secureContext });
    client.on('error', () => socket.destroy());
    return client;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      stopped ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return stopped;
    },
  };
}

/** A connection to a server of this machine. @throws Error if it refuses */
export function connectToServer(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: LOOPBACK, noDelay: true }, () => {
      socket.removeListener('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** A chunk of this size is part of something larger: TLS delivers at most 16 KiB at a time. */
const PART_BYTES = 8 * 1024;

/**
 * Forwards bytes in both directions, no faster than either end accepts them. When one end closes, so does the other.
 */
export function pipeBothWays(client: Duplex, server: Duplex): void {
  joinWrites(client, server);
  pipeline(client, server, () => server.destroy());
  pipeline(server, client, () => client.destroy());
}

/** Writes the parts that arrive in one turn of the event loop by one system call. Call it before `from` is piped. */
function joinWrites(from: Duplex, to: Duplex): void {
  from.on('data', (chunk: Buffer) => {
    if (chunk.length < PART_BYTES || to.writableCorked > 0) return;
    to.cork();
    setImmediate(() => to.uncork());
  });
}
