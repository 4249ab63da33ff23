import { createServer } from 'node:net';

/** The only address that the local servers listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * A TCP port of 127.0.0.1 that nobody listens on now. Another program may take it before the caller does, so a caller
 * tries a new one when its server reports that the port is taken.
 */
export async function freePort(): Promise<number> {
  return await listenOnce(0);
}

/** @throws Error that names the port if it is taken or cannot be used */
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
