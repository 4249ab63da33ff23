import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveStatic } from '../pages/serve-static.ts';

const root = mkdtempSync(join(tmpdir(), 'tick-store-static-'));
const directory = join(root, 'site');
mkdirSync(join(directory, 'assets'), { recursive: true });
writeFileSync(join(directory, 'index.html'), '<!doctype html><p>hello</p>');
writeFileSync(join(directory, 'assets', 'app-ABC.js'), 'console.log(1)');
writeFileSync(join(root, 'secret.txt'), 'not for you');

const serve = serveStatic({
  directory,
  paths: { '/': 'index.html' },
  headers: { 'x-content-type-options': 'nosniff' },
  isImmutable: (file) => file.startsWith('assets/'),
});
const server = createServer((incoming, response) => {
  if (!serve(incoming, response)) response.writeHead(418).end();
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

test('a file is served at its path and at its further paths, with its type and the headers of the site', async () => {
  for (const path of ['/', '/?from=mail', '/index.html']) {
    const response = await fetch(`${url}${path}`);
    expect([response.status, await response.text()]).toEqual([200, '<!doctype html><p>hello</p>']);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('content-encoding')).toBe('gzip');
  }
  const script = await fetch(`${url}/assets/app-ABC.js`);
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
});

test('a file that the browser has cached is not sent again', async () => {
  const etag = (await fetch(`${url}/`)).headers.get('etag') as string;
  const again = await fetch(`${url}/`, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('everything else is left to the API: other paths, other methods', async () => {
  for (const [method, path] of [
    ['GET', '/v1/health'],
    ['POST', '/'],
    ['GET', '/assets'],
    ['GET', '/assets/'],
  ] as const)
    expect((await fetch(`${url}${path}`, { method })).status).toBe(418);
});

test.each(['/../secret.txt', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt'])(
  'no path leads out of the directory: %s',
  async (path) => {
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request(`${url}/`, { path }, (response) => resolve(text(response)));
      sent.on('error', reject).end();
    });
    expect(body).not.toContain('not for you');
  },
);

test('HEAD has the headers of GET and no body', async () => {
  const response = await fetch(`${url}/`, { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('a path whose file does not exist is reported when the server starts', () => {
  expect(() => serveStatic({ directory, paths: { '/docs': 'docs.html' } })).toThrow(
    'has no docs.html to serve at /docs',
  );
});
