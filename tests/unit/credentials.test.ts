import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Signer } from '@aws-sdk/rds-signer';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fetchSecret } from '../../functions/aws/secrets-manager.ts';
import { cachedSecret } from '../../functions/database/connect/cached-secret.ts';
import { iamPasswords } from '../../functions/database/connect/iam-password.ts';
import { readConnectionUrls, readLogin } from '../../functions/database/connect/secret-shapes.ts';

/** Secrets Manager with a clock that the test moves. */
function source(values: (string | undefined | Error)[]) {
  const state = { now: 0, asked: 0 };
  return {
    state,
    now: () => state.now,
    fetch: async () => {
      const value = values[Math.min(state.asked++, values.length - 1)];
      if (value instanceof Error) throw value;
      return value;
    },
  };
}

describe('a cached secret', () => {
  test('is fetched once in five minutes, however often it is read', async () => {
    const manager = source(['a', 'b']);
    const secret = cachedSecret('id', manager);
    expect(await Promise.all([secret.read(), secret.read()])).toEqual(['a', 'a']);
    manager.state.now = 299_999;
    expect(await secret.read()).toBe('a');
    manager.state.now = 300_000;
    expect(await secret.read()).toBe('b');
    expect(manager.state.asked).toBe(2);
  });

  test('is fetched again once it is forgotten', async () => {
    const secret = cachedSecret('id', source(['old', 'new']));
    await secret.read();
    secret.forget();
    expect(await secret.read()).toBe('new');
  });

  test('does not cache a failure', async () => {
    const secret = cachedSecret('id', source([new Error('throttled'), 'a']));
    await expect(secret.read()).rejects.toThrow('throttled');
    expect(await secret.read()).toBe('a');
  });

  test('without text causes an error that names it', async () => {
    await expect(cachedSecret('tick-store/database', source([undefined])).read()).rejects.toThrow(
      'tick-store/database',
    );
  });
});

describe('a secret in the wrong form', () => {
  test.each([
    ['hunter2', /is not JSON/],
    ['{"pooledUrl":"mysql://u:hunter2@h/d"}', /pooledUrl: must be a postgres:\/\/ URL; directUrl: /],
    ['["hunter2"]', /./],
  ])('%s is refused without being quoted', (text, message) => {
    expect(() => readConnectionUrls(text, 'the-id')).toThrow(message);
    expect(() => readConnectionUrls(text, 'the-id')).toThrow(/the-id/);
    expect(() => readConnectionUrls(text, 'the-id')).not.toThrow(/hunter2/);
  });

  test('a login needs its two fields', () => {
    expect(readLogin('{"username":"o","password":"p","host":"h"}', 'id')).toEqual({ username: 'o', password: 'p' });
    expect(() => readLogin('{"username":"o"}', 'id')).toThrow(/password/);
  });
});

const LAMBDA = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'a/session+token=',
};
const setEnvironment = (variables: Record<string, string | undefined>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe('an IAM password', () => {
  const login = { host: 'proxy.example.com', port: 5432, user: 'tick_store_app' };

  test.each([
    ['of a role', LAMBDA],
    ['of a user', { ...LAMBDA, AWS_SESSION_TOKEN: undefined }],
  ])('is the token that the AWS SDK signs with the credentials %s', async (_, environment) => {
    vi.useFakeTimers({ now: Date.parse('2026-11-02T15:00:00Z'), toFake: ['Date'] });
    setEnvironment(environment);
    const signer = new Signer({ hostname: login.host, port: login.port, username: login.user });
    const ours = new URL(`https://${await iamPasswords(login)()}`);
    const theirs = new URL(`https://${await signer.getAuthToken()}`);
    expect(ours.host).toBe(theirs.host);
    expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
  });

  test('is made for each login', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-02T15:00:00Z'), toFake: ['Date'] });
    setEnvironment(LAMBDA);
    const password = iamPasswords(login);
    const first = await password();
    vi.setSystemTime('2026-11-02T15:00:01Z');
    expect(await password()).not.toBe(first);
  });

  test('fails without credentials, with an error that names the variable', async () => {
    setEnvironment({ ...LAMBDA, AWS_SECRET_ACCESS_KEY: undefined });
    await expect(iamPasswords(login)()).rejects.toThrow(/AWS_SECRET_ACCESS_KEY/);
  });
});

describe('Secrets Manager', () => {
  let server: Server;
  const requests: IncomingMessage[] = [];
  /** What the service does with the next requests; the last one is repeated. */
  let responses: ([status: number, body: string] | 'reset')[];

  beforeEach(async () => {
    requests.length = 0;
    server = createServer((request, response) => {
      requests.push(request);
      const next = responses.length > 1 ? responses.shift() : responses[0];
      if (next === undefined || next === 'reset') return void request.socket.destroy();
      request.resume().on('end', () => response.writeHead(next[0]).end(next[1]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    setEnvironment({ ...LAMBDA, AWS_ENDPOINT_URL_SECRETS_MANAGER: url });
  });
  afterEach(() => void server.close());

  const FOUND = [200, '{"SecretString":"hunter2"}'] as [number, string];
  const THROTTLED = [400, '{"__type":"com.amazonaws#ThrottlingException"}'] as [number, string];

  test('gets a signed request', async () => {
    responses = [FOUND];
    expect(await fetchSecret('tick-store/database')).toBe('hunter2');
    expect(requests[0]?.headers).toMatchObject({
      'x-amz-target': 'secretsmanager.GetSecretValue',
      'x-amz-security-token': LAMBDA.AWS_SESSION_TOKEN,
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-central-1\/secretsmanager\//),
    });
  });

  test.each([
    ['throttled', THROTTLED],
    ['failing', [503, '<html>'] as [number, string]],
    ['cut off', 'reset' as const],
  ])('gets a retry if the request was %s', async (_, trouble) => {
    responses = [trouble, FOUND];
    expect(await fetchSecret('id')).toBe('hunter2');
    expect(requests).toHaveLength(2);
  });

  test('gets no retry for a secret that it refuses, and the error has its code', async () => {
    responses = [[400, '{"__type":"ResourceNotFoundException","Message":"no"}']];
    await expect(fetchSecret('the-id')).rejects.toThrow('The secret the-id cannot be read: ResourceNotFoundException');
    expect(requests).toHaveLength(1);
  });

  test('gets at most three attempts', async () => {
    responses = [THROTTLED];
    await expect(fetchSecret('the-id')).rejects.toThrow('the-id cannot be read: ThrottlingException');
    expect(requests).toHaveLength(3);
  });
});
