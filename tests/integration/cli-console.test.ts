import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sigV4 } from '../../lib/client/index.ts';
import { serveConsole } from '../../lib/local/serve-console.ts';

/** Simulates a deployment and records the requests that arrive. */
const seen: { path: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
const store = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    seen.push({ path: request.url, headers: request.headers, body });
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3', 'x-secret': 'no' });
    response.end('{"message":"Too Many Requests"}');
  });
});
let served: Awaited<ReturnType<typeof serveConsole>>;
beforeAll(async () => {
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
  served = await serveConsole({
    url: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
    authorize: sigV4({ region: 'eu-west-1', credentials }),
    port: 0,
    runbook: '# Runbook\n',
  });
});
afterAll(async () => {
  await served.stop();
  store.close();
});

test('the page is served locally, with its content security policy', async () => {
  const response = await fetch(served.url);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).toContain('<div id="app">');
});

test('its requests reach the store signed, with key and body, and the response is returned unchanged', async () => {
  const response = await fetch(`${served.url}/v1/market-data?symbol=ES`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', 'idempotency-key': 'k', cookie: 'stays=here' },
    body: 'timestamp,price\n',
  });
  expect([response.status, response.headers.get('retry-after'), response.headers.get('x-secret')]).toEqual([
    429,
    '3',
    null,
  ]);
  expect(await response.json()).toEqual({ message: 'Too Many Requests' });
  const [arrived] = seen.splice(0);
  expect(arrived).toMatchObject({ path: '/v1/market-data?symbol=ES', body: 'timestamp,price\n' });
  expect(arrived?.headers).toMatchObject({ 'content-type': 'text/csv', 'idempotency-key': 'k' });
  expect(arrived?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/.*\/eu-west-1\/execute-api/,
  );
  expect(arrived?.headers.cookie).toBeUndefined();
});

test('no other web site can act as the caller, and only requests to the API are forwarded', async () => {
  const foreign = await fetch(`${served.url}/v1/health`, { headers: { origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);
  expect((await fetch(`${served.url}/_local/alarms`)).status).toBe(404);
  expect(seen).toEqual([]);
});
