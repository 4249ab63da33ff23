import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** The wire that tests break: what it does to bytes. */

async function echoThroughProxy() {
  const echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const proxy = await startTcpProxy(`tcp://127.0.0.1:${(echo.address() as { port: number }).port}`);
  const client = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  onTestFinished(async () => {
    client.destroy();
    await proxy.stop();
    echo.close();
  });
  await once(client, 'connect');
  return { proxy, client };
}

/** The first so many bytes that come. */
async function receive(client: Socket, bytes: number): Promise<string> {
  let text = '';
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length >= bytes) break;
  }
  return text;
}

test('a slow connection forwards bytes in order, and the rest at once when it recovers', async () => {
  const { proxy, client } = await echoThroughProxy();
  proxy.slow(100);
  client.write('0123456789'.repeat(1_000));
  const first = await receive(client, 1);
  // 100 s of bytes: they have not all come
  expect(first.length).toBeLessThan(10_000);
  proxy.heal();
  const rest = await receive(client, 10_000 - first.length);
  expect(first + rest).toBe('0123456789'.repeat(1_000));
  client.write('and on');
  expect(await receive(client, 6)).toBe('and on');
});

test('bytes after dropped bytes never arrive, and other connections are not affected', async () => {
  const { proxy, client } = await echoThroughProxy();
  let received = '';
  client.on('data', (bytes) => {
    received += String(bytes);
  });
  const swallowed = new Promise<void>((resolve) =>
    proxy.judge((_, direction) => {
      if (direction === 'up') return 'forward';
      resolve();
      return 'drop';
    }),
  );
  client.write('lost');
  await swallowed;
  proxy.heal();
  client.write('after');
  const other = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  onTestFinished(() => void other.destroy());
  for (let i = 0; i < 20; i++) {
    other.write('on');
    expect(await receive(other, 2)).toBe('on');
  }
  expect(received).toBe('');
});
