import { BeginTransactionCommand } from '@aws-sdk/client-rds-data';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../support/backends/data-api.ts';
import {
  ask,
  backend,
  begin,
  clientOf,
  commit,
  copy,
  execute,
  prepareEndpointTests,
  refused,
  rollback,
  target,
} from '../support/data-api-client.ts';
import { withClient } from '../support/postgres.ts';

/** Transactions, time limits and size limits of the local Data API, as the SDK's own client sees them. */

prepareEndpointTests();

test('a statement may continue after its call has timed out, and then blocks its transaction', async () => {
  const transactionId = await begin();
  const slow = execute('select pg_sleep(1.2) is null as slept', { transactionId, continueAfterTimeout: true });
  await expect(slow).rejects.toMatchObject(refused('StatementTimeoutException'));
  await expect(execute('select 1', { transactionId })).rejects.toMatchObject(
    refused('DatabaseErrorException', 'Transaction is still running a query'),
  );
  const one = () =>
    execute('select 1', { transactionId }).then(
      ({ records }) => records,
      () => undefined,
    );
  await expect.poll(one, { timeout: 5000 }).toEqual([[{ longValue: 1 }]]);
  await commit(transactionId);
});

describe('limits', () => {
  test.each([
    ['a row of 64 KB', 65_536, 1, undefined],
    ['a row over it', 65_537, 1, 'Packet for query is too large'],
    ['a result of almost 1 MiB', 52_000, 20, undefined],
    ['a result over it', 53_000, 20, 'Database response exceeded size limit'],
  ])('%s', async (_, bytes, rows, message) => {
    const asked = execute(`select repeat('x', ${bytes}) from generate_series(1, ${rows})`);
    if (message === undefined) expect((await asked).records).toHaveLength(rows);
    else await expect(asked).rejects.toMatchObject(refused('BadRequestException', message));
  });

  test('a request of 4 MiB, including headers', async () => {
    const send = (length: number) =>
      ask('select length(:a)', { name: 'a', value: { stringValue: 'x'.repeat(length) } });
    expect((await send(4 * 1024 * 1024 - 2000)).records).toEqual([[{ longValue: 4 * 1024 * 1024 - 2000 }]]);
    await expect(send(4 * 1024 * 1024)).rejects.toMatchObject(refused('RequestEntityTooLargeException'));
  });

  test('connections: a call that gets none in time gets an error', async () => {
    // the limit also applies to connecting, so it is long enough for the three calls that get a connection
    const small = await connect(copy, { poolSize: 3, acquireTimeoutMs: 2000 });
    const sender = clientOf(small);
    onTestFinished(async () => {
      sender.destroy();
      await small.stop();
    });
    const beginThere = () => sender.send(new BeginTransactionCommand(target()));
    await Promise.all([beginThere(), beginThere(), beginThere()]);
    await expect(beginThere()).rejects.toMatchObject(refused('DatabaseErrorException', /SQLState: 53300/));
  });
});

describe('a transaction', () => {
  const count = async (transactionId?: string) =>
    (await execute('select count(*) from tick_store.notes where id between 100 and 199', { transactionId }))
      .records?.[0]?.[0]?.longValue;

  test('commits, or rolls back', async () => {
    const first = await begin();
    await execute('insert into tick_store.notes values (100)', { transactionId: first });
    expect([await count(first), await count()]).toEqual([1, 0]);
    expect((await commit(first)).transactionStatus).toBe('Transaction Committed');
    const second = await begin();
    await execute('insert into tick_store.notes values (101)', { transactionId: second });
    expect((await rollback(second)).transactionStatus).toBe('Rollback Complete');
    expect(await count()).toBe(1);
    await expect(count(second)).rejects.toMatchObject(refused('TransactionNotFoundException', /is not found/));
  });

  test('ends with an error', async () => {
    const id = await begin();
    await expect(execute('select 1/0', { transactionId: id })).rejects.toMatchObject(
      refused('DatabaseErrorException', /22012/),
    );
    await expect(commit(id)).rejects.toMatchObject(refused('TransactionNotFoundException'));
  });

  test('ends after its idle timeout, and is rolled back', async () => {
    const before = await count();
    const id = await begin();
    await execute('insert into tick_store.notes values (102)', { transactionId: id });
    await expect.poll(() => backend.endpoint.openTransactions, { timeout: 5000 }).toBe(0);
    await expect(commit(id)).rejects.toMatchObject(refused('TransactionNotFoundException'));
    expect(await count()).toBe(before);
  });

  test('ends when Postgres closes its connection, and frees its place', async () => {
    const before = backend.endpoint.openTransactions;
    for (let i = 0; i < 3; i++) await begin();
    expect(backend.endpoint.openTransactions).toBe(before + 3);
    await withClient(copy.superuserUrl, (superuser) =>
      superuser.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'data-api' and state = 'idle in transaction'`,
      ),
    );
    await expect.poll(() => backend.endpoint.openTransactions).toBe(before);
    await rollback(await begin());
  });

  test('accepts one call at a time', async () => {
    const id = await begin();
    const slow = execute('select pg_sleep(0.3) is null as slept', { transactionId: id });
    const busy =
      "select count(*) from pg_stat_activity where query like '%pg_sleep(0.3)%' and state = 'active' and pid <> pg_backend_pid()";
    await expect.poll(async () => (await execute(busy)).records).toEqual([[{ longValue: 1 }]]);
    await expect(execute('select 1', { transactionId: id })).rejects.toMatchObject(
      refused('DatabaseErrorException', 'Transaction is still running a query'),
    );
    await slow;
    await commit(id);
  });
});

test('a test can make it fail', async () => {
  backend.endpoint.failNext('DatabaseResumingException', 1);
  await expect(execute('select 1')).rejects.toMatchObject(refused('DatabaseResumingException'));
  expect((await execute('select 1')).records).toEqual([[{ longValue: 1 }]]);
});
