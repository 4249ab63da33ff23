import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpRoute } from '../../api-gateway/gateway.ts';
import { type DescribeFault, describeAsGateway } from '../../api-gateway/gateway-faults.ts';
import { type HttpApi, type HttpApiOptions, startHttpApi } from '../../api-gateway/http-api.ts';
import { type FunctionDefinition, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../../lambda/execution-environment.ts';
import { ExecutionEnvironments } from '../../lambda/execution-environments.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/handlers/${name}`, import.meta.url));

function define(name: string, more: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return { name, entry: fixture(`${name}.ts`), environment: {}, timeoutMs: 10_000, memoryMb: 256, ...more };
}

interface Setup {
  readonly functions: readonly FunctionDefinition[];
  readonly routes?: readonly HttpRoute[];
  readonly concurrency?: number;
  readonly queueTimeoutMs?: number;
  readonly api?: Partial<HttpApiOptions>;
}

interface Running extends HttpApi {
  readonly environments: ExecutionEnvironments;
  readonly logged: string[];
  readonly printed: string[];
}

const running: Running[] = [];

/** Serves each function at `ANY /<name>`, unless routes are given. */
async function start(setup: Setup): Promise<Running> {
  const logged: string[] = [];
  const printed: string[] = [];
  const { functions, concurrency = 4, queueTimeoutMs = 10_000 } = setup;
  const onLog = (line: string) => logged.push(line);
  const environments = new ExecutionEnvironments({ functions, concurrency, queueTimeoutMs, onLog });
  const routes = setup.routes ?? functions.map(({ name }) => ({ routeKey: `ANY /${name}`, functionName: name }));
  const print = (line: string) => printed.push(line);
  const api = await startHttpApi({ routes, environments, port: 0, print, describeFault, ...setup.api });
  const all = { ...api, environments, logged, printed };
  running.push(all);
  return all;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.stop()));
});

const pidOf = async (response: Response): Promise<number> => ((await response.json()) as { pid: number }).pid;

const answerOf = (status: number, body: Record<string, unknown>) => ({ status, body });

/** All that the gateway knows of a fault. */
const describeFault: DescribeFault = ({ headers: _, ...fault }, request) => ({
  contentType: 'application/problem+json',
  body: JSON.stringify({ ...fault, ...request }),
});

async function readProblem(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  expect(body.status).toBe(response.status);
  expect(response.headers.get('apigw-requestid')).toMatch(/^[A-Za-z0-9+/]{15}=$/);
  return answerOf(response.status, body);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await delay(10);
  }
}

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

  test('to no route is a 404 problem that echoes X-Request-Id and names the path', async () => {
    const routes = [{ routeKey: 'GET /echo', functionName: 'echo' }];
    const api = await start({ functions: [define('echo')], routes });
    const headers = { 'x-request-id': 'mine-1' };
    const missing = await readProblem(await fetch(`${api.url}/ech%20o?a=b`, { headers }));
    expect(missing).toEqual(
      answerOf(404, {
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

  test('to no route gets what the real gateway says, unless the fields say otherwise', async () => {
    const api = await start({ functions: [define('echo')], api: { describeFault: describeAsGateway } });
    const response = await fetch(`${api.url}/none`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
    expect(await response.text()).toBe('{"message":"Not Found"}');
  });

  test('with a malformed path is a 400, and the server goes on', async () => {
    const api = await start({ functions: [define('echo')], routes: [{ routeKey: '$default', functionName: 'echo' }] });
    for (const path of ['/%zz', '/a%', '/%ff']) {
      const { status, body } = await readProblem(await fetch(`${api.url}${path}`));
      expect([status, body]).toMatchObject([400, { kind: 'malformed-path' }]);
    }
    expect((await fetch(`${api.url}/anything`)).status).toBe(200);
  });

  test('that is not HTTP, or has too many headers, is refused', async () => {
    const api = await start({ functions: [define('echo')] });
    const answers = ['nonsense\r\n\r\n', `GET /echo HTTP/1.1\r\nx: ${'y'.repeat(11_000)}\r\n\r\n`].map(
      async (bytes) => {
        const socket = connect(api.port, '127.0.0.1');
        socket.end(bytes);
        let answer = '';
        for await (const chunk of socket) answer += chunk;
        return answer;
      },
    );
    const [malformed, large] = await Promise.all(answers);
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

  test('that expects what HTTP does not know is refused with a reason', async () => {
    const api = await start({ functions: [define('echo')] });
    const request = 'POST /echo HTTP/1.1\r\nhost: localhost\r\nexpect: x\r\ncontent-length: 2\r\n\r\n{}';
    const received = await halfClosed(api.port, request);
    expect(received).toMatch(/^HTTP\/1\.1 417 [\s\S]*x-request-id: [\s\S]*"kind":"expectation-failed"/);
  });

  test('that ignores Retry-After gets its refusals ever later, and a line per second says how many', async () => {
    const functions = [define('sleep', { reservedConcurrency: 1 })];
    const api = await start({ functions });
    await api.environments.warm('sleep');
    const end = performance.now() + 1500;
    const statuses: number[] = [];
    const impatient = async () => {
      while (performance.now() < end) statuses.push((await fetch(`${api.url}/sleep?ms=50`)).status);
    };
    await Promise.all(Array.from({ length: 60 }, impatient));
    const accepted = statuses.filter((status) => status === 200).length;
    // 30 in the time that it had, on a machine with nothing else to do
    expect(accepted).toBeGreaterThan(5);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // 500 per second, and what was under way
    expect(statuses.length - accepted).toBeLessThan(1000);
    expect(api.printed.length).toBeLessThan(6);
    await until(() => api.printed.some((line) => /responded 429: sleep throttled: .*: \d+ more in 1 s$/.test(line)));
  });
});

test('an environment that has been idle ends, and one that is used does not', async () => {
  const functions = [define('sleep')];
  const environments = new ExecutionEnvironments({ functions, concurrency: 2, queueTimeoutMs: 1000, idleMs: 400 });
  const pid = async (ms: number) => {
    const result = await environments.invoke('sleep', { queryStringParameters: { ms } });
    if (!result.ok) throw new Error(result.reason);
    return JSON.parse((result.payload as { body: string }).body).pid as number;
  };
  const [one, other] = await Promise.all([pid(100), pid(100)]);
  expect(one).not.toBe(other);
  const used = await pid(0);
  const unused = used === one ? other : one;
  await until(async () => {
    await pid(0);
    return !isAlive(unused);
  });
  expect(await pid(0)).toBe(used);
  await until(() => !isAlive(used));
  await environments.stop();
});

describe('a response', () => {
  test('carries status, headers, cookies and decoded base64', async () => {
    const api = await start({ functions: [define('answer')] });
    const bytes = Buffer.from([0, 255, 1, 254]);
    const wanted = {
      statusCode: 201,
      headers: { 'Content-Type': 'application/octet-stream', 'X-Request-Id': 'theirs' },
      cookies: ['a=1', 'b=2'],
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${api.url}/answer`, { method: 'POST', headers, body: JSON.stringify(wanted) });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-request-id')).toBe('theirs');
    expect(response.headers.get('content-length')).toBe('4');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test('without a statusCode is a 200 of JSON; one HTTP cannot carry is a 500', async () => {
    const api = await start({ functions: [define('answer')] });
    const post = (body: unknown) =>
      fetch(`${api.url}/answer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const inferred = await post({ fine: true });
    expect([inferred.status, inferred.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await inferred.json()).toEqual({ fine: true });
    const nonsense = await readProblem(await post({ statusCode: 'ok' }));
    expect([nonsense.status, nonsense.body.kind]).toEqual([500, 'function-error']);
    expect(api.printed.join()).toContain('statusCode must be an integer');
  });

  test('to HEAD has the headers of GET and no body; a 204 has none either', async () => {
    const api = await start({ functions: [define('echo'), define('answer')] });
    const head = await fetch(`${api.url}/echo`, { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await head.text()).toBe('');
    const headers = { 'content-type': 'application/json' };
    const empty = await fetch(`${api.url}/answer`, { method: 'POST', headers, body: '{"statusCode":204,"body":"x"}' });
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([204, null, '']);
  });

  test('over 6 MB is a 500, just under is not', async () => {
    const api = await start({ functions: [define('answer', { handler: 'large' })] });
    const most = LAMBDA_PAYLOAD_LIMIT_BYTES - '""'.length;
    expect((await (await fetch(`${api.url}/answer?bytes=${most}`)).text()).length).toBe(most);
    const { status, body } = await readProblem(await fetch(`${api.url}/answer?bytes=${most + 1}`));
    expect([status, body.kind]).toEqual([500, 'function-error']);
    expect(api.printed.join()).toContain('exceeded maximum allowed payload size');
  });
});

describe('a body', () => {
  const post = (url: string, type: string, bytes: number) =>
    fetch(url, { method: 'POST', headers: { 'content-type': type }, body: 'x'.repeat(bytes) });

  test('counts towards the 6 MB as the function receives it: base64 when it is not text', async () => {
    const api = await start({ functions: [define('answer', { handler: 'count' })] });
    const fits = await post(`${api.url}/answer`, 'text/csv', 6_200_000);
    expect(await fits.json()).toEqual({ characters: 6_200_000 });
    const tooLarge = { status: 413, kind: 'body-too-large', path: '/answer' };
    for (const [type, bytes] of [
      ['text/csv', 6_300_000],
      ['application/x-ndjson', 4_800_000],
    ] as const) {
      const { status, body } = await readProblem(await post(`${api.url}/answer`, type, bytes));
      expect([status, body]).toMatchObject([413, tooLarge]);
      expect(body.detail).toContain('6291456');
    }
    expect((await post(`${api.url}/answer`, 'application/x-ndjson', 4_600_000)).status).toBe(200);
  });

  test('over 10 MB is refused before it is read when it says so, and once it is over when it does not', async () => {
    const api = await start({ functions: [define('answer', { handler: 'count' })] });
    const declared = await readProblem(await post(`${api.url}/answer`, 'text/csv', 10_485_761));
    expect([declared.status, declared.body.kind]).toEqual([413, 'body-too-large']);
    expect(declared.body.detail).toContain('10485760');

    const upload = httpRequest(`${api.url}/answer`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    upload.on('error', () => {});
    const chunk = Buffer.alloc(1 << 16);
    let _written = 0;
    const pump = setInterval(() => {
      for (let count = 0; count < 20; count += 1) _written += Number(upload.write(chunk)) * chunk.length;
    }, 1);
    const [answer] = await once(upload, 'response');
    clearInterval(pump);
    expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close']);
    answer.resume();
    await once(answer, 'close');
  });

  test('declared too large with Expect: 100-continue is refused unsent', async () => {
    const api = await start({ functions: [define('answer', { handler: 'count' })] });
    const ask = (length: number) => {
      const headers = { expect: '100-continue', 'content-length': length };
      const upload = httpRequest(`${api.url}/answer`, { method: 'POST', headers });
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
    const [answer] = await once(small, 'response');
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });

  test('that comes slowly or never ends holds no execution environment', async () => {
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

describe('concurrency', () => {
  test('each request under way has a process of its own; one more waits for the first to be free', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 3 });
    await api.environments.warm('sleep', 3);
    const startedAt = performance.now();
    const pids = await Promise.all([1, 2, 3, 4].map(async () => pidOf(await fetch(`${api.url}/sleep?ms=400`))));
    const elapsedMs = performance.now() - startedAt;
    expect(new Set(pids).size).toBe(3);
    expect(elapsedMs).toBeGreaterThan(790);
    expect(elapsedMs).toBeLessThan(1600);
  });

  test('is counted by function: one that is full holds up no other', async () => {
    const api = await start({ functions: [define('sleep'), define('echo')], concurrency: 1 });
    const order: string[] = [];
    const ask = async (path: string) => {
      await fetch(`${api.url}${path}`);
      order.push(path);
    };
    await Promise.all([api.environments.warm('sleep'), api.environments.warm('echo')]);
    await Promise.all([ask('/sleep?ms=300'), ask('/sleep?ms=301'), ask('/echo')]);
    expect(order).toEqual(['/echo', '/sleep?ms=300', '/sleep?ms=301']);
  });

  test('that is reserved throttles at once, and what waits for a process counts', async () => {
    const functions = [define('sleep', { reservedConcurrency: 2 })];
    const api = await start({ functions, concurrency: 1 });
    await api.environments.warm('sleep');
    const running = fetch(`${api.url}/sleep?ms=400`);
    await until(() => api.logged.length === 1);
    const waiting = api.environments.invoke('sleep', {});
    const { status, body } = await readProblem(await fetch(`${api.url}/sleep`));
    expect([status, body.kind]).toEqual([429, 'too-many-requests']);
    expect([(await running).status, (await waiting).ok]).toEqual([200, true]);
    expect(api.printed.join()).toContain('at its reserved concurrency of 2');
  });

  test('one after another shares the warm process, the most recently used first', async () => {
    const api = await start({ functions: [define('sleep')] });
    await api.environments.warm('sleep', 3);
    const first = await pidOf(await fetch(`${api.url}/sleep`));
    for (let count = 0; count < 5; count += 1) expect(await pidOf(await fetch(`${api.url}/sleep`))).toBe(first);
  });

  test('who finds no place in time gets 429 with Retry-After', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1, queueTimeoutMs: 150 });
    await api.environments.warm('sleep');
    const first = fetch(`${api.url}/sleep?ms=800`);
    await until(() => api.logged.length === 1);
    const response = await fetch(`${api.url}/sleep?ms=1`, { headers: { 'x-request-id': 'waiting' } });
    expect(response.headers.get('retry-after')).toBe('1');
    const { status, body } = await readProblem(response);
    expect([status, body]).toMatchObject([429, { kind: 'too-many-requests', requestId: 'waiting' }]);
    expect((await first).status).toBe(200);
    expect(api.logged).toHaveLength(1);
  });

  test('an invocation that comes while one is being warmed takes that one', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1 });
    const warmed = api.environments.warm('sleep', 5);
    const pid = await pidOf(await fetch(`${api.url}/sleep`));
    await warmed;
    expect(await pidOf(await fetch(`${api.url}/sleep`))).toBe(pid);
  });
});

describe('a failing function', () => {
  test('that throws responds 500 without a word of why, and the log says it', async () => {
    const api = await start({ functions: [define('fail')] });
    const pid = await pidOf(await fetch(`${api.url}/fail`));
    const response = await fetch(`${api.url}/fail?how=throw`, { headers: { 'x-request-id': 'bad id' } });
    const { status, body } = await readProblem(response);
    expect([status, body]).toMatchObject([500, { kind: 'function-error', path: '/fail' }]);
    expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(body)).not.toMatch(/secret|TypeError|fail\.ts|throw/);
    await until(() => api.logged.some((line) => /ERROR\tInvoke Error\t.*TypeError.*secret.*fail\.ts/.test(line)));
    expect(await pidOf(await fetch(`${api.url}/fail`))).toBe(pid);
  });

  test.each(['exit', 'kill', 'uncaught', 'rejection'])('by "%s" loses its process and nothing else', async (how) => {
    const api = await start({ functions: [define('fail'), define('sleep')] });
    const pid = await pidOf(await fetch(`${api.url}/fail`));
    const beside = fetch(`${api.url}/sleep?ms=300`);
    const { status, body } = await readProblem(await fetch(`${api.url}/fail?how=${how}`));
    expect([status, body.kind]).toEqual([500, 'function-error']);
    expect(api.printed.join()).toContain('crashed');
    expect((await beside).status).toBe(200);
    const next = await pidOf(await fetch(`${api.url}/fail`));
    expect(next).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  test('killed from outside, busy or idle, is replaced', async () => {
    const api = await start({ functions: [define('sleep')] });
    const idle = await pidOf(await fetch(`${api.url}/sleep`));
    process.kill(idle, 'SIGKILL');
    await until(() => !isAlive(idle));
    const busy = fetch(`${api.url}/sleep?ms=5000`);
    await until(() => api.logged.length === 2);
    const pid = Number(api.logged[1]?.split(' ').at(-1));
    expect(pid).not.toBe(idle);
    process.kill(pid, 'SIGKILL');
    expect((await busy).status).toBe(500);
    expect((await fetch(`${api.url}/sleep`)).status).toBe(200);
  });

  test('that takes too long is killed at its timeout, even in an endless loop', async () => {
    const functions = [
      define('sleep', { timeoutMs: 300 }),
      define('spin', { entry: fixture('sleep.ts'), handler: 'spin', timeoutMs: 300 }),
    ];
    const api = await start({ functions });
    for (const name of ['sleep', 'spin']) {
      await api.environments.warm(name);
      const { status, body } = await readProblem(await fetch(`${api.url}/${name}?ms=5000`));
      expect([status, body]).toMatchObject([504, { kind: 'function-timeout' }]);
    }
    await until(() => api.logged.filter((line) => line.includes('Task timed out after 0.30 seconds')).length === 2);
    const pid = Number(api.logged[0]?.split(' ').at(-1));
    await until(() => !isAlive(pid));
    expect(await pidOf(await fetch(`${api.url}/sleep`))).not.toBe(pid);
  });

  test('that outlives the integration timeout responds 504 but runs on', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1, api: { integrationTimeoutMs: 300 } });
    await api.environments.warm('sleep');
    const late = await readProblem(await fetch(`${api.url}/sleep?ms=500`));
    expect([late.status, late.body.kind]).toEqual([504, 'function-timeout']);
    const pid = Number(api.logged[0]?.split(' ').at(-1));
    expect(await pidOf(await fetch(`${api.url}/sleep`))).toBe(pid);
  });

  test('out of memory loses its process', async () => {
    const api = await start({ functions: [define('fail', { memoryMb: 64 })] });
    expect((await fetch(`${api.url}/fail?how=memory`)).status).toBe(500);
    expect((await fetch(`${api.url}/fail`)).status).toBe(200);
  });

  test.each<[string, Partial<FunctionDefinition>, RegExp]>([
    ['does not exist', { entry: fixture('absent.ts') }, /Cannot find module .*absent\.ts/],
    ['throws while it is imported', { entry: fixture('broken.ts') }, /the settings are missing/],
    ['has no such export', { entry: fixture('echo.ts'), handler: 'main' }, /does not export a function named \W*main/],
    ['takes a callback', { entry: fixture('fail.ts'), handler: 'callback' }, /takes a callback/],
  ])('whose module %s says so', async (_what, more, message) => {
    const api = await start({ functions: [define('broken', more)] });
    await expect(api.environments.warm('broken')).rejects.toThrow(message);
    const result = await api.environments.invoke('broken', {});
    expect(result).toMatchObject({
      ok: false,
      reason: 'error',
      error: { errorMessage: expect.stringMatching(message) },
    });
    expect((await fetch(`${api.url}/broken`)).status).toBe(500);
    await until(() => message.test(api.logged.join('\n')));
  });

  test('that returns what JSON cannot hold fails', async () => {
    const api = await start({ functions: [define('fail', { handler: 'circular' })] });
    expect((await fetch(`${api.url}/fail`)).status).toBe(500);
  });
});

describe('the runtime', () => {
  test('shows the function its own environment and nothing of the parent, and a Lambda context', async () => {
    process.env.PARENT_SECRET = 'leaked';
    const environment = { DATABASE_URL: 'postgres://local', AWS_LAMBDA_FUNCTION_NAME: 'not mine' };
    const api = await start({ functions: [define('runtime', { environment, memoryMb: 512 })] });
    const result = await api.environments.invoke('runtime', {});
    delete process.env.PARENT_SECRET;
    const payload = (result.ok && result.payload) as Record<string, Record<string, string>>;
    expect(Object.keys(payload.environment ?? {}).sort()).toEqual([
      'AWS_DEFAULT_REGION',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_REGION',
      'DATABASE_URL',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'PATH',
      'TZ',
      '_HANDLER',
    ]);
    expect(payload.environment).toMatchObject({
      DATABASE_URL: 'postgres://local',
      AWS_LAMBDA_FUNCTION_NAME: 'runtime',
    });
    expect(payload).toMatchObject({ version: process.version, timeZone: 'UTC' });
    expect(payload.context).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'runtime',
      functionVersion: '$LATEST',
      memoryLimitInMB: '512',
      invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:runtime',
      logGroupName: '/aws/lambda/runtime',
      logStreamName: expect.stringContaining('[$LATEST]'),
      callbackWaitsForEmptyEventLoop: true,
    });
    expect(Number(payload.remainingMs)).toBeGreaterThan(9000);
    expect(Number(payload.remainingMs)).toBeLessThanOrEqual(10_000);
  });

  test('hands over what is logged a line at a time', async () => {
    const api = await start({ functions: [define('runtime')] });
    await api.environments.invoke('runtime', {});
    await api.stop();
    await until(() => api.logged.length === 3);
    expect([...api.logged].sort()).toEqual(['a line', 'and another', 'no line feed at the end']);
  });

  test('rejects a function nobody defined', async () => {
    const api = await start({ functions: [define('echo')] });
    await expect(api.environments.invoke('missing', {})).rejects.toThrow(
      'No function is named "missing"; there are: echo',
    );
  });
});

describe('the server', () => {
  test('says what to do when the port is taken', async () => {
    const api = await start({ functions: [define('echo')] });
    const message = `Port ${api.port} is taken: set PORT to another, or PORT=0 to let one be picked.`;
    await expect(start({ functions: [define('echo')], api: { port: api.port } })).rejects.toThrow(message);
  });

  test('refuses a route to a function that is not defined', async () => {
    const routes = [{ routeKey: 'GET /a', functionName: 'absent' }];
    await expect(start({ functions: [define('echo')], routes })).rejects.toThrow('"GET /a" leads to "absent"');
  });

  test('survives clients that leave in the middle', async () => {
    const api = await start({ functions: [define('sleep')] });
    await api.environments.warm('sleep', 2);
    const leaving = new AbortController();
    const left = fetch(`${api.url}/sleep?ms=300`, { signal: leaving.signal });
    const upload = httpRequest(`${api.url}/sleep`, { method: 'POST', headers: { 'content-length': 10 } });
    upload.on('error', () => {});
    upload.write('x');
    await until(() => api.logged.length === 1);
    leaving.abort();
    upload.destroy();
    await expect(left).rejects.toThrow();
    expect((await fetch(`${api.url}/sleep?ms=400`)).status).toBe(200);
    expect(api.printed).toEqual([]);
  });

  test('stops gracefully: what is under way gets its response, nothing new is taken, no process is left', async () => {
    const api = await start({ functions: [define('sleep'), define('echo')] });
    await api.environments.warm('sleep', 2);
    const idle = await pidOf(await fetch(`${api.url}/echo`));
    const underWay = fetch(`${api.url}/sleep?ms=400`);
    await until(() => api.logged.length === 1);
    const stopped = Promise.all([api.stop(), api.stop()]);
    await expect(fetch(`${api.url}/echo`)).rejects.toThrow();
    const response = await underWay;
    expect(response.headers.get('connection')).toBe('close');
    const pid = await pidOf(response);
    await stopped;
    expect([pid, idle].filter(isAlive)).toEqual([]);
    expect(await api.environments.invoke('echo', {})).toMatchObject({ ok: false, reason: 'queue-timeout' });
  });

  test('does not wait for ever when it stops', async () => {
    const functions = [define('spin', { entry: fixture('sleep.ts'), handler: 'spin' }), define('sleep')];
    const api = await start({ functions, api: { stopTimeoutMs: 200 } });
    const cut = Promise.allSettled([fetch(`${api.url}/spin`), fetch(`${api.url}/sleep?ms=9000`)]);
    await until(() => api.logged.length === 1);
    const pid = Number(api.logged[0]?.split(' ').at(-1));
    const startedAt = performance.now();
    await api.stop();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect((await cut).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(isAlive(pid)).toBe(false);
  });

  test('leaves no process behind when the parent is killed', async () => {
    const program = `
      import { ExecutionEnvironments } from ${JSON.stringify(new URL('../../lambda/execution-environments.ts', import.meta.url).href)};
      const functions = [${JSON.stringify(define('sleep'))}];
      const environments = new ExecutionEnvironments({ functions, concurrency: 1, queueTimeoutMs: 1000 });
      console.log((await environments.invoke('sleep', {})).payload.body);
      await environments.invoke('sleep', { queryStringParameters: { ms: '60000' } });
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const { pid } = JSON.parse(String(line)) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});
