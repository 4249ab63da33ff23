import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { HttpApiOptions } from '../../api-gateway/http-api.ts';
import { holdEnvironments } from '../support/held-environment.ts';
import { define, start, stopAll, until } from '../support/serve-functions.ts';

afterEach(stopAll);

const GENEROUS_MS = 20_000;
const MEGABYTE = 1_000_000;

/** A function with one process and room for `reserved` in all, at `ANY /{name}`. */
async function serve(reserved: number, api: Partial<HttpApiOptions> = {}) {
  const held = holdEnvironments();
  const running = await start({
    functions: [define('echo', { reservedConcurrency: reserved })],
    routes: [{ routeKey: 'ANY /{name}', functionName: 'echo' }],
    concurrency: 1,
    startEnvironment: held.startEnvironment,
    api,
  });
  const isFull = () => running.environments.throttled('echo') !== undefined;
  return { api: running, held, isFull };
}

/** Begins an upload and sends half of it. `finish` sends the rest. */
async function beginUpload(url: string, bytes = MEGABYTE, headers: OutgoingHttpHeaders = { 'content-length': bytes }) {
  const upload = httpRequest(url, { method: 'POST', agent: false, headers });
  upload.on('error', () => {});
  const response = new Promise<IncomingMessage>((resolve) =>
    upload.once('response', (received) => resolve(received.resume())),
  );
  await new Promise((resolve) => upload.write(Buffer.alloc(bytes / 2), resolve));
  return { upload, response, finish: () => upload.end(Buffer.alloc(bytes / 2)) };
}

const summary = ({ statusCode, headers }: IncomingMessage) => [
  statusCode,
  headers['retry-after'],
  headers['content-type'],
];
const THROTTLED = [429, '1', 'application/problem+json'];

test('a large body without a free place is refused before it is sent', async () => {
  const { api, held, isFull } = await serve(1);
  const running = fetch(`${api.url}/running`);
  await held.untilStarted(1);
  expect(isFull()).toBe(true);
  const { response, upload } = await beginUpload(`${api.url}/refused`);
  const refusal = await response;
  expect(summary(refusal)).toEqual(THROTTLED);
  expect(refusal.headers.connection).toBe('close');
  upload.destroy();
  held.releaseAll();
  expect((await running).status).toBe(200);
  expect(held.started).toEqual(['/running']);
  expect(api.printed.join()).toContain(
    'ANY /{name} responded 429: echo throttled: echo is at its reserved concurrency',
  );
});

test('a large body that is being sent keeps its place, and finishes', async () => {
  const { api, held, isFull } = await serve(2, { placeMs: GENEROUS_MS });
  const running = fetch(`${api.url}/running`);
  await held.untilStarted(1);
  const accepted = await beginUpload(`${api.url}/accepted`);
  await until(isFull, GENEROUS_MS);
  const later = await fetch(`${api.url}/later`);
  expect([later.status, later.headers.get('retry-after')]).toEqual([429, '1']);
  accepted.finish();
  held.releaseAll();
  expect([(await running).status, (await accepted.response).statusCode]).toEqual([200, 200]);
  expect(held.started).toEqual(['/running', '/accepted']);
});

test('a slow body keeps its place only for a time, and competes for a new one at the end', async () => {
  const { api, held, isFull } = await serve(1, { placeMs: 50 });
  const lucky = await beginUpload(`${api.url}/lucky`);
  const unlucky = await beginUpload(`${api.url}/unlucky`);
  await until(() => !isFull(), GENEROUS_MS);
  lucky.finish();
  await held.untilStarted(1);
  unlucky.finish();
  expect(summary(await unlucky.response)).toEqual(THROTTLED);
  held.releaseAll();
  expect((await lucky.response).statusCode).toBe(200);
});

test('a body whose client disconnects releases its place', async () => {
  const { api, held, isFull } = await serve(1, { placeMs: GENEROUS_MS });
  const { upload } = await beginUpload(`${api.url}/left`);
  await until(isFull, GENEROUS_MS);
  upload.destroy();
  await until(() => !isFull(), GENEROUS_MS);
  expect(held.started).toEqual([]);
});

test('bodies share a memory limit, and one without a length is refused once there is no room', async () => {
  const { api, held } = await serve(10, { bodyMemoryBytes: 3 * MEGABYTE, placeMs: GENEROUS_MS });
  const accepted = await beginUpload(`${api.url}/accepted`, 2 * MEGABYTE);
  const declared = await beginUpload(`${api.url}/declared`, 2 * MEGABYTE);
  expect(summary(await declared.response)).toEqual(THROTTLED);
  declared.upload.destroy();
  const chunked = await beginUpload(`${api.url}/chunked`, 4 * MEGABYTE, {});
  expect(summary(await chunked.response)).toEqual(THROTTLED);
  chunked.upload.destroy();
  expect(api.printed.join()).toContain('the bodies of requests in progress use all the memory');
  held.releaseAll();
  accepted.finish();
  expect((await accepted.response).statusCode).toBe(200);
  const next = await beginUpload(`${api.url}/next`, 2 * MEGABYTE);
  next.finish();
  expect((await next.response).statusCode).toBe(200);
});

test('a client that sends everything before it reads gets the refusal, not a reset', async () => {
  const { api, held } = await serve(1);
  const running = fetch(`${api.url}/running`);
  await held.untilStarted(1);
  const socket = connect({ port: api.port, host: '127.0.0.1' });
  socket.pause();
  socket.write(`POST /refused HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${8 * MEGABYTE}\r\n\r\n`);
  await new Promise((resolve) => socket.write(Buffer.alloc(8 * MEGABYTE), resolve));
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes;
  });
  socket.resume();
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 429 [\s\S]*connection: close\r\n[\s\S]*"kind":"too-many-requests"/i);
  held.releaseAll();
  expect((await running).status).toBe(200);
});

test('a client that waits for 100 Continue is refused unsent', async () => {
  const { api, held } = await serve(1);
  const running = fetch(`${api.url}/running`);
  await held.untilStarted(1);
  for (const bytes of [10, MEGABYTE]) {
    const headers = { expect: '100-continue', 'content-length': bytes };
    const upload = httpRequest(`${api.url}/refused`, { method: 'POST', agent: false, headers });
    let wasInvited = false;
    upload.on('continue', () => {
      wasInvited = true;
    });
    upload.on('error', () => {});
    upload.flushHeaders();
    const [refusal] = (await once(upload, 'response')) as [IncomingMessage];
    expect([...summary(refusal.resume()), wasInvited]).toEqual([...THROTTLED, false]);
  }
  held.releaseAll();
  expect((await running).status).toBe(200);
});

test('a small body is read, and its connection is kept', async () => {
  const { api, held } = await serve(1);
  const running = fetch(`${api.url}/running`);
  await held.untilStarted(1);
  const socket = connect({ port: api.port, host: '127.0.0.1' });
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes;
  });
  const request = 'POST /refused HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nbody';
  socket.write(request);
  await until(() => received.includes('"kind"'), GENEROUS_MS);
  socket.write(request);
  await until(() => received.match(/HTTP\/1\.1 429/g)?.length === 2, GENEROUS_MS);
  socket.destroy();
  held.releaseAll();
  expect((await running).status).toBe(200);
});
