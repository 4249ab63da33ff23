import { createServer } from 'node:net';

/** The only address that the local servers listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * A TCP port of 127.0.0.1 that nobody listens on at this moment. Another program may take it before the caller does, so
 * a caller tries again with a new one when its server reports the port taken.
 */
export async function freePort(): Promise<number> {
  return await listenOnce(0);
}

/** @throws Error naming the port when it is taken or not ours to use. */
export async function assertPortFree(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new Error(`port ${port} of ${LOOPBACK} ${why}: stop that program or choose another port`, { cause });
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
