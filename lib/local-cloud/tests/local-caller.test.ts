import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refuseOtherSites } from '../machine/local-caller.ts';

const server = createServer((request, response) => {
  if (!refuseOtherSites(request, response)) response.writeHead(204).end();
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

/** Over a bare socket, for a client library does not send every name. */
async function statusFor(lines: readonly string[], version = '1.1'): Promise<number> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end([`GET /v1/ticks HTTP/${version}`, ...lines, 'Connection: close', '', ''].join('\r\n'));
  return Number((await text(socket)).split(' ')[1]);
}

test.each([['localhost'], ['LOCALHOST:3000'], ['127.0.0.1:3000'], ['127.1.2.3'], ['[::1]:3000']])(
  '%s is this machine',
  async (host) => {
    expect(await statusFor([`Host: ${host}`])).toBe(204);
    expect(await statusFor([`Host: ${host}`, `Origin: http://${host}`])).toBe(204);
  },
);

test('a client without a Host header is not a browser', async () => {
  expect(await statusFor([], '1.0')).toBe(204);
});

test.each([
  ['evil.example'],
  ['127.0.0.1.nip.io'],
  ['localhost.evil.example:3000'],
  ['127.0.0.1@evil.example'],
  ['[::ffff:127.0.0.1]'],
  ['0.0.0.0'],
])('%s is refused, because anyone can point that name here', async (host) => {
  expect(await statusFor([`Host: ${host}`])).toBe(403);
});

test.each([['https://evil.example'], ['http://127.0.0.1.nip.io'], ['http://127.0.0.1@evil.example'], ['null']])(
  'a page of %s may not ask across origins',
  async (origin) => {
    expect(await statusFor(['Host: localhost:3000', `Origin: ${origin}`])).toBe(403);
  },
);

test('a foreign page may not load an image or a script from here, but a person may follow its link', async () => {
  const host = 'Host: localhost:3000';
  const site = 'Sec-Fetch-Site: cross-site';
  expect(await statusFor([host, site, 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'])).toBe(403);
  expect(await statusFor([host, site, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'])).toBe(403);
  expect(await statusFor([host, site, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'])).toBe(204);
  expect(await statusFor([host, 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: cors'])).toBe(204);
});
