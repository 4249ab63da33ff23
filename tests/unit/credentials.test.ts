import { describe, expect, test } from 'vitest';
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
  test('is asked for once in five minutes, however often it is read', async () => {
    const manager = source(['a', 'b']);
    const secret = cachedSecret('id', manager);
    expect(await Promise.all([secret.read(), secret.read()])).toEqual(['a', 'a']);
    manager.state.now = 299_999;
    expect(await secret.read()).toBe('a');
    manager.state.now = 300_000;
    expect(await secret.read()).toBe('b');
    expect(manager.state.asked).toBe(2);
  });

  test('is asked for again once it is forgotten', async () => {
    const secret = cachedSecret('id', source(['old', 'new']));
    await secret.read();
    secret.forget();
    expect(await secret.read()).toBe('new');
  });

  test('does not keep a failure', async () => {
    const secret = cachedSecret('id', source([new Error('throttled'), 'a']));
    await expect(secret.read()).rejects.toThrow('throttled');
    expect(await secret.read()).toBe('a');
  });

  test('without text is an error that names it', async () => {
    await expect(cachedSecret('tick-store/database', source([undefined])).read()).rejects.toThrow(
      'tick-store/database',
    );
  });
});

describe('a secret that is not as it should be', () => {
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

test('an IAM password is a signed token for one host, port and user, made anew each time', async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  try {
    const token = await iamPasswords({ host: 'proxy.example.com', port: 5432, user: 'tick_store_app' })();
    const url = new URL(`https://${token}`);
    expect(url.host).toBe('proxy.example.com:5432');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'tick_store_app',
      'X-Amz-Expires': '900',
    });
  } finally {
    process.env = before;
  }
});
