import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { LAMBDA_PAYLOAD_LIMIT_BYTES } from '../../lambda/execution-environment.ts';
import { define, fixture, isAlive, pidOf, readProblem, start, stopAll, until } from '../support/serve-functions.ts';

afterEach(stopAll);

describe('a response', () => {
  test('carries status, headers, cookies and decoded base64', async () => {
    const api = await start({ functions: [define('respond')] });
    const bytes = Buffer.from([0, 255, 1, 254]);
    const wanted = {
      statusCode: 201,
      headers: { 'Content-Type': 'application/octet-stream', 'X-Request-Id': 'theirs' },
      cookies: ['a=1', 'b=2'],
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${api.url}/respond`, { method: 'POST', headers, body: JSON.stringify(wanted) });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-request-id')).toBe('theirs');
    expect(response.headers.get('content-length')).toBe('4');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test('without a statusCode is a 200 of JSON; one HTTP cannot carry is a 500', async () => {
    const api = await start({ functions: [define('respond')] });
    const post = (body: unknown) =>
      fetch(`${api.url}/respond`, {
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
    const api = await start({ functions: [define('echo'), define('respond')] });
    const head = await fetch(`${api.url}/echo`, { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await head.text()).toBe('');
    const headers = { 'content-type': 'application/json' };
    const empty = await fetch(`${api.url}/respond`, { method: 'POST', headers, body: '{"statusCode":204,"body":"x"}' });
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([204, null, '']);
  });

  test('over 6 MB is a 500, just under is not', async () => {
    const api = await start({ functions: [define('respond', { handler: 'large' })] });
    const most = LAMBDA_PAYLOAD_LIMIT_BYTES - '""'.length;
    expect((await (await fetch(`${api.url}/respond?bytes=${most}`)).text()).length).toBe(most);
    const { status, body } = await readProblem(await fetch(`${api.url}/respond?bytes=${most + 1}`));
    expect([status, body.kind]).toEqual([500, 'function-error']);
    expect(api.printed.join()).toContain('exceeded maximum allowed payload size');
  });
});

describe('the server', () => {
  test('explains what to do if the port is taken', async () => {
    const api = await start({ functions: [define('echo')] });
    const message = `Port ${api.port} is taken: set PORT to another port, or to 0 for a free one.`;
    await expect(start({ functions: [define('echo')], api: { port: api.port } })).rejects.toThrow(message);
  });

  test('refuses a route to a function that is not defined', async () => {
    const routes = [{ routeKey: 'GET /a', functionName: 'absent' }];
    await expect(start({ functions: [define('echo')], routes })).rejects.toThrow('"GET /a" leads to "absent"');
  });

  test('survives clients that disconnect early', async () => {
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

  test('stops gracefully: requests in progress get their responses, new ones are refused, no process is left', async () => {
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

  test('does not wait without limit when it stops', async () => {
    const functions = [define('spin', { entry: fixture('sleep.ts'), handler: 'spin' }), define('sleep')];
    const api = await start({ functions, api: { stopTimeoutMs: 200 } });
    const cut = Promise.allSettled([fetch(`${api.url}/spin`), fetch(`${api.url}/sleep?ms=9000`)]);
    await until(() => api.logged.length === 1);
    const pid = Number(api.logged[0]?.split(' ').at(-1));
    const startedAt = performance.now();
    await api.stop();
    expect(performance.now() - startedAt).toBeLessThan(8000);
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
