import { afterEach, describe, expect, test } from 'vitest';
import type { FunctionDefinition } from '../../lambda/execution-environment.ts';
import { ExecutionEnvironments } from '../../lambda/execution-environments.ts';
import { define, fixture, isAlive, pidOf, readProblem, start, stopAll, until } from '../support/serve-functions.ts';

afterEach(stopAll);

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

describe('concurrency', () => {
  test('each concurrent request has its own process; one more waits for the first free one', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 3 });
    await api.environments.warm('sleep', 3);
    const startedAt = performance.now();
    const pids = await Promise.all([1, 2, 3, 4].map(async () => pidOf(await fetch(`${api.url}/sleep?ms=400`))));
    const elapsedMs = performance.now() - startedAt;
    expect(new Set(pids).size).toBe(3);
    expect(elapsedMs).toBeGreaterThan(790);
  });

  test('is counted per function: one at its limit delays no other', async () => {
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

  test('that is reserved throttles at once, and waiting invocations count', async () => {
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

  test('sequential requests share the warm process, the most recently used first', async () => {
    const api = await start({ functions: [define('sleep')] });
    await api.environments.warm('sleep', 3);
    const first = await pidOf(await fetch(`${api.url}/sleep`));
    for (let count = 0; count < 5; count += 1) expect(await pidOf(await fetch(`${api.url}/sleep`))).toBe(first);
  });

  test('a request without a free process in time gets 429 with Retry-After', async () => {
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

  test('an invocation that arrives while an environment is being warmed uses it', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1 });
    const warmed = api.environments.warm('sleep', 5);
    const pid = await pidOf(await fetch(`${api.url}/sleep`));
    await warmed;
    expect(await pidOf(await fetch(`${api.url}/sleep`))).toBe(pid);
  });
});

describe('a failing function', () => {
  test('that throws returns 500 without the reason, which is in the log', async () => {
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

  test.each(['exit', 'kill', 'uncaught', 'rejection'])('that ends by "%s" loses only its process', async (how) => {
    const api = await start({ functions: [define('fail'), define('sleep')] });
    const pid = await pidOf(await fetch(`${api.url}/fail`));
    const parallel = fetch(`${api.url}/sleep?ms=300`);
    const { status, body } = await readProblem(await fetch(`${api.url}/fail?how=${how}`));
    expect([status, body.kind]).toEqual([500, 'function-error']);
    expect(api.printed.join()).toContain('crashed');
    expect((await parallel).status).toBe(200);
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

  test('that exceeds the integration timeout returns 504 but continues to run', async () => {
    const api = await start({ functions: [define('sleep')], concurrency: 1, api: { integrationTimeoutMs: 300 } });
    await api.environments.warm('sleep');
    const late = await readProblem(await fetch(`${api.url}/sleep?ms=500`));
    expect([late.status, late.body.kind]).toEqual([504, 'function-timeout']);
    const pid = Number(api.logged[0]?.split(' ').at(-1));
    // past the gateway, which would not wait for the process that is still busy
    const next = await api.environments.invoke('sleep', {});
    expect(next).toMatchObject({ ok: true, payload: { body: JSON.stringify({ pid }) } });
  });

  test('that runs out of memory loses its process', async () => {
    const api = await start({ functions: [define('fail', { memoryMb: 64 })] });
    expect((await fetch(`${api.url}/fail?how=memory`)).status).toBe(500);
    expect((await fetch(`${api.url}/fail`)).status).toBe(200);
  });

  test.each<[string, Partial<FunctionDefinition>, RegExp]>([
    ['does not exist', { entry: fixture('absent.ts') }, /Cannot find module .*absent\.ts/],
    ['throws while it is imported', { entry: fixture('broken.ts') }, /the settings are missing/],
    ['has no such export', { entry: fixture('echo.ts'), handler: 'main' }, /does not export a function named \W*main/],
    ['takes a callback', { entry: fixture('fail.ts'), handler: 'callback' }, /takes a callback/],
  ])('whose module %s reports it', async (_what, more, message) => {
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

  test('that returns a value that JSON cannot represent fails', async () => {
    const api = await start({ functions: [define('fail', { handler: 'circular' })] });
    expect((await fetch(`${api.url}/fail`)).status).toBe(500);
  });
});

describe('the runtime', () => {
  test("gives the function its own environment, none of the parent's, and a Lambda context", async () => {
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
      functionVersion: '1',
      memoryLimitInMB: '512',
      invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:runtime',
      logGroupName: '/aws/lambda/runtime',
      logStreamName: expect.stringContaining('[1]'),
      callbackWaitsForEmptyEventLoop: true,
    });
    expect(Number(payload.remainingMs)).toBeGreaterThan(9000);
    expect(Number(payload.remainingMs)).toBeLessThanOrEqual(10_000);
  });

  test('passes on log output line by line', async () => {
    const api = await start({ functions: [define('runtime')] });
    await api.environments.invoke('runtime', {});
    await api.stop();
    await until(() => api.logged.length === 3);
    expect([...api.logged].sort()).toEqual(['a line', 'and another', 'no line feed at the end']);
  });

  test('rejects a function that is not defined', async () => {
    const api = await start({ functions: [define('echo')] });
    await expect(api.environments.invoke('missing', {})).rejects.toThrow(
      'No function is named "missing"; there are: echo',
    );
  });
});
