import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObservedCall } from '../../functions/database/database.ts';
import type { DataApiDatabase } from '../../functions/database/drivers/data-api/data-api-database.ts';
import { connect, type DataApiAccess, OWNER_SECRET_ARN, openDataApi } from '../support/backends/data-api.ts';
import {
  backend,
  callsFrom,
  copy,
  database,
  note,
  notes,
  pg,
  prepareDriverTests,
  soon,
  statement,
} from '../support/data-api-driver-subject.ts';
import { withClient } from '../support/postgres.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

prepareDriverTests();

describe('a migration’s statement that takes longer than the service waits', () => {
  let impatient: DataApiAccess;
  beforeAll(async () => {
    impatient = await connect(copy, { statementTimeoutMs: 300 });
  });
  afterAll(() => impatient.stop());
  const slow = (then = '') => statement(`do $$ begin perform pg_sleep(1); ${then} end $$`);
  const migrating = () =>
    openDataApi(impatient.endpoint.url, copy.name, { secretArn: OWNER_SECRET_ARN, outlastTimeout: true });

  test('is waited for, and the next statement is in the same transaction', async () => {
    const owner = migrating();
    await owner.transaction([note(30), slow(), note(31)], soon());
    expect((await notes()).map(([id]) => id).filter((id) => id === 30 || id === 31)).toEqual([30, 31]);
    await owner.close();
  });

  test('and then fails rolls back everything', async () => {
    const owner = migrating();
    const failed = owner.transaction([note(32), slow('raise exception $x$no$x$;'), note(33)], soon(6000));
    await expect(failed).rejects.toMatchObject({
      kind: 'bug',
      message: expect.stringContaining("the database's log says why"),
      fields: { statement: 'test', rolledBack: true },
    });
    expect((await notes()).map(([id]) => id).filter((id) => id === 32 || id === 33)).toEqual([]);
    await owner.close();
  });

  test('is a timeout for other callers', async () => {
    const application = openDataApi(impatient.endpoint.url, copy.name);
    const failed = application.transaction([slow()], soon());
    await expect(failed).rejects.toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    await application.close();
  });
});

describe('errors', () => {
  const raise = (code: string, message: string) =>
    statement(`do $$ begin raise exception '${message}' using errcode = '${code}'; end $$`);

  test.each([
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['55P03', 'conflict'],
    ['57014', 'timeout'],
    ['53300', 'overload'],
    ['25006', 'unavailable'],
    ['23503', 'constraint'],
    ['22012', 'bug'],
    ['42501', 'bug'],
  ])('SQLSTATE %s is a %s, as on the pg backend', async (code, kind) => {
    const failed = (on: { run: DataApiDatabase['run'] }) =>
      on
        .run(raise(code, 'SQLState: 99999; it failed'), { deadline: Date.now() + 5000, idempotent: false })
        .catch((error) => error);
    const [ours, theirs] = [await failed(database), await failed(pg)];
    expect(ours).toMatchObject({ kind, message: theirs.message, fields: { code, rolledBack: true } });
    expect(theirs).toMatchObject({ kind, fields: { code } });
  });

  test('a foreign key names its constraint', async () => {
    const violated = statement(
      `insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold, cooldown_seconds, active)
       values ('r', 999, 'price_threshold', 'above', 1, 0, true)`,
    );
    const failed = (on: { run: DataApiDatabase['run'] }) => on.run(violated, soon()).catch((error) => error.fields);
    const { detail: _, ...theirs } = await failed(pg);
    expect(await failed(database)).toEqual(theirs);
  });

  test.each([
    ['short', { affected: 3 }],
    ['of 600 partitions', { partitions: Array.from({ length: 600 }, (_, n) => `market_data_2022_${n}`) }],
  ])('a refusal by tick_store.refuse has its detail, %s', async (_, detail) => {
    const refuse = statement(`select tick_store.refuse('no', $1::json)`, JSON.stringify(detail));
    const refused = (on: { transaction: DataApiDatabase['transaction'] }) =>
      on.transaction([refuse], soon()).catch((thrown) => thrown);
    for (const error of [await refused(database), await refused(pg)]) {
      expect(error).toMatchObject({ kind: 'constraint', fields: { code: 'TS001', rolledBack: true } });
      expect(JSON.parse(error.fields.detail)).toEqual(detail);
    }
  });

  test('of a resuming database are retried until it is ready', async () => {
    const before = backend.endpoint.calls.length;
    backend.endpoint.failNext('DatabaseResumingException', 3);
    await database.transaction([note(10)], { ...soon(), idempotent: false });
    expect(callsFrom(backend.endpoint.calls, before)).toEqual([
      ...Array(4).fill('BeginTransaction'),
      'Execute',
      'CommitTransaction',
    ]);
  });

  test('of one that does not resume in time are returned as unavailable, with nothing done', async () => {
    backend.endpoint.failNext('DatabaseResumingException', 1000);
    const failed = database.run(note(11), { deadline: Date.now() + 2000, idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'unavailable', fields: { rolledBack: true } });
    backend.endpoint.failNext('DatabaseResumingException', 0);
  });

  test('of a throttling service are retried for a while, and then overload', async () => {
    const calls: ObservedCall[] = [];
    const hasty = openDataApi(backend.endpoint.url, copy.name, {
      acquireTimeoutMs: 1000,
      onCall: (call) => calls.push(call),
    });
    backend.endpoint.failNext('ThrottlingException', 1, 'Rate exceeded');
    await hasty.run(note(12), { ...soon(), idempotent: false });
    backend.endpoint.failNext('ThrottlingException', 1000, 'Rate exceeded');
    const failed = hasty.transaction([note(13)], { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'overload', fields: { rolledBack: true } });
    backend.endpoint.failNext('ThrottlingException', 0);
    expect(calls.map(({ retries, error }) => [retries > 0, error])).toEqual([
      [true, undefined],
      [true, 'overload'],
    ]);
    await hasty.close();
  });

  test.each([
    ['DatabaseUnavailableException', 'unavailable'],
    ['ServiceUnavailableError', 'unavailable'],
    ['InternalServerErrorException', 'unavailable'],
    ['StatementTimeoutException', 'timeout'],
    ['TransactionNotFoundException', 'unavailable'],
    ['ForbiddenException', 'bug'],
    ['BadRequestException', 'bug'],
    ['ValidationException', 'bug'],
  ] as const)('%s is %s; alone it may have been done, in a transaction it was not', async (name, kind) => {
    const once = { deadline: Date.now() + 5000, idempotent: false };
    backend.endpoint.failNext(name, 1);
    await expect(database.run(note(14), once)).rejects.toMatchObject({ kind, fields: { rolledBack: false } });
    backend.endpoint.failNext(name, 1);
    const failed = database.transaction([note(14)], once).catch((error) => error);
    // a call that certainly had no effect is retried where a retry can help
    if (kind === 'unavailable') expect(await failed).toEqual([[]]);
    else expect(await failed).toMatchObject({ kind, fields: { rolledBack: true } });
    await withClient(copy.ownerUrl, (client) => client.query('delete from tick_store.notes where id = 14'));
  });

  test('of a wrong secret or cluster are reported as a bug', async () => {
    for (const [option, code] of [
      ['secretArn', 'NotFoundException'],
      ['resourceArn', 'HttpEndpointNotEnabledException'],
    ] as const) {
      const lost = openDataApi(backend.endpoint.url, copy.name, { [option]: 'arn:aws:none' });
      await expect(lost.run(statement('select 1'), soon())).rejects.toMatchObject({
        kind: 'bug',
        message: expect.stringContaining(code),
      });
      await lost.close();
    }
  });

  test('of an endpoint where nobody listens are unavailable, with nothing sent', async () => {
    const away = openDataApi('http://127.0.0.1:1', copy.name);
    await expect(away.run(note(15), { ...soon(), idempotent: false })).rejects.toMatchObject({
      kind: 'unavailable',
      fields: { code: 'ECONNREFUSED', rolledBack: true },
    });
    await away.close();
  });
});

describe('a connection that breaks', () => {
  test('after a statement of a transaction: it is rolled back and retried', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    proxy.loseResponseTo('"sql":"insert into tick_store.notes');
    const once = { deadline: Date.now() + 3000, idempotent: false };
    const failed = fragile.transaction([note(20)], once).catch((error) => error);
    expect(await failed).toMatchObject({ kind: 'unavailable', fields: { rolledBack: true } });
    expect((await notes()).map(([id]) => id)).not.toContain(20);
    await expect.poll(() => backend.endpoint.openTransactions).toBe(0);
    proxy.heal();
    await fragile.transaction([note(20)], once);
    await fragile.close();
    await proxy.stop();
  });

  test('after COMMIT: the outcome is unknown, so only an idempotent call is retried', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    const lose = () => {
      let lost = false;
      let waiting: number | undefined;
      proxy.judge((bytes, going, connection) => {
        if (going === 'up' && !lost && bytes.includes('/CommitTransaction')) waiting = connection;
        if (going === 'down' && connection === waiting && !lost) {
          lost = true;
          return 'cut';
        }
        return 'forward';
      });
    };
    lose();
    const failed = fragile.transaction([note(21)], { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({
      kind: 'unavailable',
      fields: { rolledBack: false, statement: 'commit' },
    });
    expect((await notes()).filter(([id]) => id === 21)).toHaveLength(1);
    lose();
    const upsert = statement(
      `insert into tick_store.notes values (22, 'a') on conflict (id) do update set note = tick_store.notes.note || 'b' returning note`,
    );
    expect(await fragile.transaction([upsert], soon())).toEqual([[{ note: 'ab' }]]);
    await fragile.close();
    await proxy.stop();
  });

  test('after a statement: the SDK does not send it again by itself', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    const before = backend.endpoint.calls.length;
    proxy.loseResponseTo('/Execute');
    const failed = fragile.run(note(23), { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'unavailable', fields: { rolledBack: false } });
    expect(callsFrom(backend.endpoint.calls, before)).toEqual(['Execute']);
    await fragile.close();
    await proxy.stop();
  });

  test('without any response: a timeout at the deadline, rolled back if COMMIT was not sent', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    await fragile.run(statement('select 1'), soon());
    proxy.judge((bytes, going) => (going === 'up' && bytes.includes('/Execute') ? 'drop' : 'forward'));
    const failed = fragile.transaction([note(24)], { deadline: Date.now() + 1500, idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    await fragile.close();
    await proxy.stop();
  });

  test('before a transaction has begun in time: overload', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name, { acquireTimeoutMs: 500 });
    proxy.judge((bytes, going) => (going === 'up' && bytes.includes('/BeginTransaction') ? 'drop' : 'forward'));
    const failed = fragile.transaction([note(25)], { ...soon(), idempotent: true });
    await expect(failed).rejects.toMatchObject({ kind: 'overload', fields: { rolledBack: true } });
    await fragile.close();
    await proxy.stop();
  });
});

test('calls are observed with their statements, their wait for a transaction and their retries', async () => {
  const calls: ObservedCall[] = [];
  const observed = openDataApi(backend.endpoint.url, copy.name, { onCall: (call) => calls.push(call) });
  await observed.run(statement('select 1'), soon());
  await observed.transaction([statement('select 1'), statement('select 2')], soon());
  await observed.close();
  expect(calls).toEqual([
    { statements: ['test'], acquireMs: null, ms: expect.any(Number), retries: 0, error: undefined },
    {
      statements: ['test', 'test'],
      acquireMs: expect.any(Number),
      ms: expect.any(Number),
      retries: 0,
      error: undefined,
    },
  ]);
});
