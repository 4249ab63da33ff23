import { type ClientRequest, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { InvocationRecord } from '../../lambda/execution-environments.ts';
import { holdEnvironments } from '../support/held-environment.ts';
import { define, start, stopAll, until } from '../support/serve-functions.ts';

afterEach(stopAll);

/** A function with one process, and room for one more to wait. */
async function serveOne(more: { standingMs?: number; reserved?: number } = {}) {
  const held = holdEnvironments();
  const invocations: InvocationRecord[] = [];
  const exchanges: number[] = [];
  const api = await start({
    functions: [define('echo', { reservedConcurrency: more.reserved ?? 2 })],
    routes: [{ routeKey: 'GET /{name}', functionName: 'echo' }],
    concurrency: 1,
    startEnvironment: held.startEnvironment,
    ...(more.standingMs === undefined ? {} : { standingMs: more.standingMs }),
    onInvocation: (record) => invocations.push(record),
    api: { onExchange: ({ status }) => exchanges.push(status) },
  });
  const ask = (path: string): { request: ClientRequest; status: Promise<number | undefined> } => {
    const request = httpRequest(`${api.url}/${path}`, { agent: false });
    const status = new Promise<number | undefined>((resolve) => {
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', () => resolve(undefined));
    });
    request.end();
    return { request, status };
  };
  /** Whether as many run and wait as may. */
  const isFull = () => api.environments.throttled('echo') !== undefined;
  return { api, ask, held, isFull, invocations, exchanges };
}

const GENEROUS_MS = 20_000;

test('nothing is done for a client that disconnected while it waited, and another takes its place', async () => {
  const { ask, held, isFull, invocations, exchanges, api } = await serveOne();
  const first = ask('first');
  await held.untilStarted(1);
  const impatient = ask('impatient');
  await until(isFull, GENEROUS_MS);
  impatient.request.destroy();
  await until(() => !isFull(), GENEROUS_MS);
  const patient = ask('patient');
  await until(isFull, GENEROUS_MS);
  const throttles = invocations.length;
  held.releaseAll();
  expect([await first.status, await impatient.status, await patient.status]).toEqual([200, undefined, 200]);
  expect(held.started).toEqual(['/first', '/patient']);
  // the test's own looks count as throttles, one that has hung up does not
  expect(invocations.slice(throttles).map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  expect(exchanges).toEqual([200, 200]);
  expect(api.printed).toEqual([]);
});

test('a client that disconnects while its function runs loses only the response', async () => {
  const { ask, held, invocations } = await serveOne();
  const impatient = ask('impatient');
  await held.untilStarted(1);
  impatient.request.destroy();
  const patient = ask('patient');
  held.releaseAll();
  expect([await impatient.status, await patient.status]).toEqual([undefined, 200]);
  expect(held.started).toEqual(['/impatient', '/patient']);
  expect(invocations.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
});

test('a client that has only closed its side gets its response, however long that takes', async () => {
  const { api, ask, held, isFull } = await serveOne();
  const first = ask('first');
  await held.untilStarted(1);
  const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (bytes) => {
    received += bytes;
  });
  socket.once('end', () => socket.destroy());
  socket.end('GET /half-closed HTTP/1.1\r\nhost: localhost\r\n\r\n');
  // asked twice whether it still reads
  await until(() => received.split('HTTP/1.1 102 Processing\r\n\r\n').length === 3, GENEROUS_MS);
  expect(isFull()).toBe(true);
  held.releaseAll();
  await closed;
  expect(await first.status).toBe(200);
  expect(received).toMatch(/^(?:HTTP\/1\.1 102 Processing\r\n\r\n){2}HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\{\}$/);
});

test('the oldest goes first; once the queue does not drain, the newest does', async () => {
  for (const [standingMs, expected] of [
    [60_000, ['/0', '/1', '/2', '/3']],
    [0, ['/0', '/3', '/2', '/1']],
  ] as const) {
    const { api, ask, held } = await serveOne({ standingMs, reserved: 10 });
    const statuses = [ask('0').status];
    await held.untilStarted(1);
    for (const name of ['1', '2', '3']) {
      const waiting = api.environments.invoke('echo', { rawPath: `/${name}` });
      statuses.push(waiting.then(({ ok }) => (ok ? 200 : undefined)));
    }
    held.releaseAll();
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
    expect(held.started).toEqual(expected);
  }
});
