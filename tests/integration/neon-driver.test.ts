import { freePort } from '@tick-store/local-cloud';
import { describe, expect, onTestFinished, test } from 'vitest';
import { array } from '../../functions/database/database.ts';
import {
  connected,
  failure,
  note,
  once,
  prepareDriverTests,
  respondingWith,
  startEndpoint,
  statement,
  stored,
  testDatabase,
  twice,
  wired,
} from '../support/neon-driver-subject.ts';

/** What is specific to this driver: its two transports, its errors, and how it handles a lost response. */

prepareDriverTests();

describe('the transport of a call', () => {
  test('is HTTP by default, which shows no wait for a server', async () => {
    const { database, calls } = connected();
    expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]);
    await database.transaction([statement('select 1'), statement('select 2')], once());
    expect(calls.map(({ acquireMs }) => acquireMs)).toEqual([null, null]);
    expect(calls.map(({ statements }) => statements.length)).toEqual([1, 2]);
  });

  test('is the WebSocket for a caller that needs to measure waits', async () => {
    const { database, calls } = connected({ socketFromBytes: 0 });
    expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]);
    expect(calls[0]?.acquireMs).toBeGreaterThan(0);
  });

  test('is the WebSocket for large values', async () => {
    const { database, calls } = connected();
    const count = statement(
      'select count(*)::int4 as n from unnest($1::float8[])',
      array('float8', new Float64Array(5e5)),
    );
    expect(await database.run(count, once())).toEqual([{ n: 500_000 }]);
    expect(calls[0]?.acquireMs).toBeGreaterThan(0);
  });

  test('is the WebSocket after HTTP refused the size of the request or the response', async () => {
    const small = await startEndpoint({ requestBytes: 1000, responseBytes: 1000 });
    onTestFinished(() => small.stop());
    const { database, calls } = connected({ endpoint: small.url });
    const long = 'x'.repeat(2000);
    expect(await database.run(statement(`select $1::text as text`, long), once())).toEqual([{ text: long }]);
    expect(await database.run(statement(`select repeat('x', 2000) as text`), twice())).toEqual([{ text: long }]);
    const [rows] = await database.transaction([statement(`select repeat('x', 2000) as text`), note(1)], once());
    expect(rows).toEqual([{ text: long }]);
    expect(await stored()).toEqual([1]);
    expect(calls.map(({ error }) => error)).toEqual(new Array(6).fill(undefined));
  });

  test('is not changed if a statement that may have been committed returned too much', async () => {
    const small = await startEndpoint({ responseBytes: 1000 });
    onTestFinished(() => small.stop());
    const { database } = connected({ endpoint: small.url });
    const write = statement(`insert into public.notes values (1) returning repeat('x', 2000)`);
    expect(await failure(database.run(write, once()))).toMatchObject({
      fields: { code: 'HTTP_507', rolledBack: false },
    });
    expect(await stored()).toEqual([1]);
  });
});

describe('a response that does not come from the database', () => {
  const body = (message: string, fields = {}) => JSON.stringify({ message, code: null, severity: null, ...fields });
  test.each<[string, number, string, object]>([
    [
      'the compute is being woken',
      500,
      body("Couldn't connect to compute node"),
      { kind: 'unavailable', rolledBack: true },
    ],
    ['the control plane', 500, body('Control plane request failed'), { kind: 'unavailable', rolledBack: true }],
    [
      'too many at once',
      500,
      body(
        'Failed to acquire permit to connect to the database. Too many database connection attempts are currently ongoing.',
      ),
      { kind: 'overload', rolledBack: true },
    ],
    ['the rate limit', 429, 'slow down', { kind: 'overload', rolledBack: true }],
    ['a gateway without a server', 502, '<html>Bad Gateway</html>', { kind: 'unavailable', rolledBack: false }],
    ['a gateway that waited in vain', 504, '', { kind: 'timeout', rolledBack: false }],
    [
      'Postgres starts up',
      500,
      body('the database system is starting up', { code: '57P03', severity: 'FATAL' }),
      { kind: 'unavailable', code: '57P03', rolledBack: true },
    ],
    [
      'the pool is exhausted',
      400,
      body('query_wait_timeout', { code: '08P01', severity: 'FATAL' }),
      { kind: 'overload', code: '08P01', rolledBack: true },
    ],
    [
      'the server was lost',
      400,
      body('terminating connection due to administrator command', { code: '57P01', severity: 'FATAL' }),
      { kind: 'unavailable', rolledBack: false },
    ],
    ['the proxy lost the server', 400, body('connection closed'), { kind: 'unavailable', rolledBack: false }],
    [
      'the proxy gave up',
      400,
      body('Query cancelled, connection was terminated', { code: '08P01' }),
      { kind: 'unavailable', rolledBack: false },
    ],
    ['a wrong password', 400, body("password authentication failed for user 'x'"), { kind: 'bug', rolledBack: true }],
    ['half a response', 200, '{"rows":[', { kind: 'unavailable', rolledBack: false }],
  ])('%s', async (_, status, text, { kind, ...fields }: { kind?: string }) => {
    const { database, calls } = await respondingWith(status, text);
    const error = await failure(database.transaction([note(1), note(2)], once(3_000)));
    expect(error).toMatchObject({ kind, fields });
    expect(calls.at(-1)?.error).toBe(kind);
  });

  test('contains nothing about the login', async () => {
    const { database } = await respondingWith(500, body("Couldn't connect to compute node"));
    const { message, fields } = await failure(database.run(note(1), once(600)));
    expect(JSON.stringify([message, fields])).not.toContain(new URL(testDatabase.appUrl).password);
  });
});

describe('a retry', () => {
  test('is made if nothing was run, for any call', async () => {
    const { database, requests, calls } = await respondingWith(
      500,
      JSON.stringify({ message: "Couldn't connect to compute node" }),
    );
    await failure(database.run(note(1), once()));
    expect([requests(), calls[0]?.retries]).toEqual([3, 2]);
  });

  test('is made of a call that may have been committed only if it is idempotent', async () => {
    const { database, requests } = await respondingWith(502, '');
    await failure(database.run(note(1), once()));
    expect(requests()).toBe(1);
    await failure(database.run(note(1), twice()));
    expect(requests()).toBe(4);
  });

  test('is not made if the pool is exhausted', async () => {
    const { database, requests } = await respondingWith(429, '');
    await failure(database.run(note(1), twice()));
    expect(requests()).toBe(1);
  });

  test('is made once with a new password if the old one is refused', async () => {
    const right = new URL(testDatabase.appUrl).password;
    let password = 'old';
    for (const socketFromBytes of [undefined, 0]) {
      password = 'old';
      const { database } = connected({
        ...(socketFromBytes === undefined ? {} : { socketFromBytes }),
        password: async () => password,
        onPasswordRefused: () => {
          password = right;
        },
      });
      expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]);
    }
  });
});

describe('a call without a response in the time to acquire', () => {
  const slow = statement('select pg_sleep(1), 7::int4 as seven');

  test('is waited for while the pooler assigns servers', async () => {
    const { database } = connected({ acquireTimeoutMs: 200 });
    expect(await database.run(slow, once())).toMatchObject([{ seven: 7 }]);
    expect(await database.transaction([slow], once())).toMatchObject([[{ seven: 7 }]]);
  });

  test('ends if a second statement gets no response either, and the outcome of a transaction is then unknown', async () => {
    const { database, wire } = await wired({ acquireTimeoutMs: 200 });
    await database.run(statement('select 1'), once());
    wire.blackHole();
    expect(await failure(database.run(slow, twice()))).toMatchObject({ kind: 'overload' });
    const unknown = { kind: 'timeout', fields: { rolledBack: false } };
    expect(await failure(database.transaction([note(1)], twice()))).toMatchObject(unknown);
    expect(await stored()).toEqual([]);
  });
});

describe('a broken connection', () => {
  test.each([
    ['HTTP', {}],
    ['the WebSocket', { socketFromBytes: 0 }],
  ])('over %s, with a lost response: the error correctly says whether it may have been committed', async (how, way) => {
    const { database, wire } = await wired(way);
    await database.run(statement('select 1'), once());
    wire.judge((_bytes, direction) => (direction === 'down' ? 'cut' : 'forward'));
    const error = await failure(database.transaction([note(1)], once()));
    expect(error.kind).toBe('unavailable');
    // over the WebSocket the loss comes before the data was sent: BEGIN got no response
    expect(error.fields.rolledBack).toBe(how === 'the WebSocket');
    if (how === 'HTTP') await expect.poll(stored).toEqual([1]);
  });

  test.each([
    ['HTTP', {}],
    ['the WebSocket', { socketFromBytes: 0 }],
  ])('over %s, without any response: ends at the caller’s deadline', async (_, way) => {
    const { database, wire } = await wired(way);
    await database.run(statement('select 1'), once());
    wire.blackHole();
    const started = performance.now();
    const error = await failure(database.run(note(1), once(1_000)));
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(['timeout', 'overload']).toContain(error.kind);
    expect(await stored()).toEqual([]);
  });

  test.each([
    ['HTTP', {}],
    ['the WebSocket', { socketFromBytes: 0 }],
  ])('over %s, to a closed port: unavailable, with nothing run', async (_, way) => {
    const { database } = connected({ endpoint: `http://127.0.0.1:${await freePort()}`, ...way });
    expect(await failure(database.run(note(1), once(2_000)))).toMatchObject({
      kind: 'unavailable',
      fields: { rolledBack: true },
    });
  });
});
