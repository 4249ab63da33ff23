import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { describeAsGateway } from '../../api-gateway/gateway-faults.ts';
import { define, readProblem, start, statusAndBody, stopAll, until } from '../support/serve-functions.ts';

afterEach(stopAll);

describe('a request', () => {
  test('reaches the handler as an event of payload format 2.0', async () => {
    const routes = [{ routeKey: 'POST /v1/{kind}/{id}', functionName: 'echo' }];
    const api = await start({ functions: [define('echo')], routes });
    const response = await fetch(`${api.url}/v1/t%C3%A9/7?a=1&a=2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'x=1; y=2', 'x-tag': 'é' },
      body: '{"price":1.5}',
    });
    expect(response.headers.get('apigw-requestid')).toMatch(/=$/);
    expect(response.headers.get('date')).not.toBeNull();
    expect(response.headers.get('x-request-id')).toBeNull();
    const { event } = (await response.json()) as { event: APIGatewayProxyEventV2 };
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /v1/{kind}/{id}',
      rawPath: '/v1/té/7',
      rawQueryString: 'a=1&a=2',
      cookies: ['x=1', 'y=2'],
      queryStringParameters: { a: '1,2' },
      pathParameters: { kind: 'té', id: '7' },
      body: '{"price":1.5}',
      isBase64Encoded: false,
      requestContext: {
        http: { method: 'POST', path: '/v1/té/7', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'node' },
      },
    });
    expect(event.headers).toMatchObject({ host: `127.0.0.1:${api.port}`, 'content-length': '13' });
    expect(event.requestContext.requestId).toBe(response.headers.get('apigw-requestid'));
  });

  test('with a binary or chunked body arrives whole', async () => {
    const api = await start({ functions: [define('echo')] });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const stream = new ReadableStream({
      async start(controller) {
        for (const byte of bytes) controller.enqueue(Buffer.from([byte]));
        controller.close();
      },
    });
    const response = await fetch(`${api.url}/echo`, { method: 'PUT', body: stream, duplex: 'half' });
    const { event } = (await response.json()) as { event: APIGatewayProxyEventV2 };
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(bytes);
    expect(event.headers['content-length']).toBe('256');
    expect(event.headers).not.toHaveProperty('transfer-encoding');
  });

  test('without a route gets a 404 problem that echoes X-Request-Id and names the path', async () => {
    const routes = [{ routeKey: 'GET /echo', functionName: 'echo' }];
    const api = await start({ functions: [define('echo')], routes });
    const headers = { 'x-request-id': 'mine-1' };
    const missing = await readProblem(await fetch(`${api.url}/ech%20o?a=b`, { headers }));
    expect(missing).toEqual(
      statusAndBody(404, {
        kind: 'route-not-found',
        status: 404,
        message: 'Not Found',
        detail: expect.any(String),
        path: '/ech%20o',
        requestId: 'mine-1',
      }),
    );
    expect((await readProblem(await fetch(`${api.url}/echo`, { method: 'POST', body: '{}' }))).status).toBe(404);
    expect((await readProblem(await fetch(`${api.url}/echo/`))).status).toBe(404);
  });

  test("without a route gets the real gateway's body by default", async () => {
    const api = await start({ functions: [define('echo')], api: { describeFault: describeAsGateway } });
    const response = await fetch(`${api.url}/none`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
    expect(await response.text()).toBe('{"message":"Not Found"}');
  });

  test('with a malformed path gets 400, and the server keeps running', async () => {
    const api = await start({ functions: [define('echo')], routes: [{ routeKey: '$default', functionName: 'echo' }] });
    for (const path of ['/%zz', '/a%', '/%ff']) {
      const { status, body } = await readProblem(await fetch(`${api.url}${path}`));
      expect([status, body]).toMatchObject([400, { kind: 'malformed-path' }]);
    }
    expect((await fetch(`${api.url}/anything`)).status).toBe(200);
  });

  test('that is not HTTP, or has too many headers, is refused', async () => {
    const api = await start({ functions: [define('echo')] });
    const responses = ['nonsense\r\n\r\n', `GET /echo HTTP/1.1\r\nx: ${'y'.repeat(11_000)}\r\n\r\n`].map(
      async (bytes) => {
        const socket = connect(api.port, '127.0.0.1');
        socket.end(bytes);
        let response = '';
        for await (const chunk of socket) response += chunk;
        return response;
      },
    );
    const [malformed, large] = await Promise.all(responses);
    expect(malformed).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-request-id: [\s\S]*"kind":"malformed-request"/);
    expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*10240 bytes/);
    expect((await fetch(`${api.url}/echo`)).status).toBe(200);
  });
});

describe('a client', () => {
  /** What comes back for these bytes; the client closes its side right after them. */
  async function halfClosed(port: number, bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.end(bytes);
    let received = '';
    for await (const chunk of socket) received += chunk;
    return received;
  }

  test('that closes its side after the request gets its response', async () => {
    const api = await start({ functions: [define('sleep')] });
    const request = 'GET /sleep?ms=100 HTTP/1.1\r\nhost: localhost\r\n\r\n';
    expect(await halfClosed(api.port, request)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"pid"/);
    expect((await halfClosed(api.port, request + request)).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(await halfClosed(api.port, '')).toBe('');
  });

  test('that sends an unknown Expect header is refused with a reason', async () => {
    const api = await start({ functions: [define('echo')] });
    const request = 'POST /echo HTTP/1.1\r\nhost: localhost\r\nexpect: x\r\ncontent-length: 2\r\n\r\n{}';
    const received = await halfClosed(api.port, request);
    expect(received).toMatch(/^HTTP\/1\.1 417 [\s\S]*x-request-id: [\s\S]*"kind":"expectation-failed"/);
  });

  test.each([
    ['names no host', 'GET /echo HTTP/1.1\r\n\r\n'],
    ['names two hosts', 'GET /echo HTTP/1.1\r\nhost: localhost\r\nHost: example.org\r\n\r\n'],
    [
      'names two hosts and asks first',
      'POST /echo HTTP/1.1\r\nhost: a\r\nhost: b\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n{}',
    ],
    ['wants a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ])('that %s is refused with a reason, and its connection ends', async (_, request) => {
    const api = await start({ functions: [define('echo')] });
    const received = await halfClosed(api.port, `${request}GET /echo HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    expect(received).toMatch(/HTTP\/1\.1 400 [\s\S]*x-request-id: [\s\S]*"kind":"malformed-request"/);
    expect(received.match(/HTTP\/1\.1 [2-5]/g)).toHaveLength(1);
    expect(received).toMatch(/connection: close/i);
  });

  test('of HTTP/1.0 need not send a Host header', async () => {
    const api = await start({ functions: [define('echo')] });
    expect(await halfClosed(api.port, 'GET /echo HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that ignores Retry-After gets its refusals later, and a line per second says how many', async () => {
    const functions = [define('sleep', { reservedConcurrency: 1 })];
    const api = await start({ functions });
    await api.environments.warm('sleep');
    const began = performance.now();
    const end = began + 1500;
    const statuses: number[] = [];
    const impatient = async () => {
      while (performance.now() < end) statuses.push((await fetch(`${api.url}/sleep?ms=50`)).status);
    };
    await Promise.all(Array.from({ length: 60 }, impatient));
    const seconds = (performance.now() - began) / 1000;
    const accepted = statuses.filter((status) => status === 200).length;
    // 30 in the time that it had, on a machine with nothing else to do
    expect(accepted).toBeGreaterThan(5);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // 500 per second, and what was under way
    expect(statuses.length - accepted).toBeLessThan(500 * seconds + 60);
    // the first of a second, and how many more there were in it
    expect(api.printed.length).toBeLessThan(2 * seconds + 4);
    const counted = /responded 429: sleep throttled: .*: \d+ more in \d+ s$/;
    await until(() => api.printed.some((line) => counted.test(line)));
  });
});

describe('a body', () => {
  const post = (url: string, type: string, bytes: number) =>
    fetch(url, { method: 'POST', headers: { 'content-type': type }, body: 'x'.repeat(bytes) });

  test('counts toward the 6 MB as the function receives it: base64 if it is not text', async () => {
    const api = await start({ functions: [define('respond', { handler: 'count' })] });
    const fits = await post(`${api.url}/respond`, 'text/csv', 6_200_000);
    expect(await fits.json()).toEqual({ characters: 6_200_000 });
    const tooLarge = { status: 413, kind: 'body-too-large', path: '/respond' };
    for (const [type, bytes] of [
      ['text/csv', 6_300_000],
      ['application/x-ndjson', 4_800_000],
    ] as const) {
      const { status, body } = await readProblem(await post(`${api.url}/respond`, type, bytes));
      expect([status, body]).toMatchObject([413, tooLarge]);
      expect(body.detail).toContain('6291456');
    }
    expect((await post(`${api.url}/respond`, 'application/x-ndjson', 4_600_000)).status).toBe(200);
  });

  test('over 10 MB is refused before it is read if its length is declared, else once it exceeds the limit', async () => {
    const api = await start({ functions: [define('respond', { handler: 'count' })] });
    const declared = await readProblem(await post(`${api.url}/respond`, 'text/csv', 10_485_761));
    expect([declared.status, declared.body.kind]).toEqual([413, 'body-too-large']);
    expect(declared.body.detail).toContain('10485760');

    const upload = httpRequest(`${api.url}/respond`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    upload.on('error', () => {});
    const chunk = Buffer.alloc(1 << 16);
    let _written = 0;
    const pump = setInterval(() => {
      for (let count = 0; count < 20; count += 1) _written += Number(upload.write(chunk)) * chunk.length;
    }, 1);
    const [response] = await once(upload, 'response');
    clearInterval(pump);
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
    response.resume();
    await once(response, 'close');
  });

  test('declared too large with Expect: 100-continue is refused unsent', async () => {
    const api = await start({ functions: [define('respond', { handler: 'count' })] });
    const ask = (length: number) => {
      const headers = { expect: '100-continue', 'content-length': length };
      const upload = httpRequest(`${api.url}/respond`, { method: 'POST', headers });
      upload.flushHeaders();
      return upload;
    };
    const large = ask(20_000_000);
    let wasInvited = false;
    large.on('continue', () => {
      wasInvited = true;
    });
    large.on('error', () => {});
    const [refusal] = await once(large, 'response');
    expect([refusal.statusCode, wasInvited]).toEqual([413, false]);
    refusal.resume();
    const small = ask(3);
    await once(small, 'continue');
    small.end('abc');
    const [response] = await once(small, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  test('that is slow or never ends holds no execution environment', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1 });
    const slow = httpRequest(`${api.url}/sleep`, { method: 'POST', headers: { 'content-length': 100 } });
    slow.on('error', () => {});
    await new Promise((resolve) => slow.write('half', resolve));
    expect((await fetch(`${api.url}/sleep`)).status).toBe(200);
    slow.destroy();
    expect((await fetch(`${api.url}/sleep`)).status).toBe(200);
    expect(api.logged).toHaveLength(2);
  });
});
