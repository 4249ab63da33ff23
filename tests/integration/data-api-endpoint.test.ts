import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  APP_SECRET_ARN,
  CLUSTER_ARN,
  CREDENTIALS,
  connect,
  type DataApiRoute,
  OWNER_SECRET_ARN,
} from '../support/backends/data-api.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

/** What the local Data API returns to the SDK's own client: the documented refusals, types and limits. */

let copy: TestDatabase;
let backend: DataApiRoute;
let client: RDSDataClient;

beforeAll(async () => {
  copy = await createTestDatabase(inject('postgres'));
  await withClient(copy.ownerUrl, (owner) =>
    owner.query(
      'create table tick_store.notes (id int8 primary key); grant select, insert on tick_store.notes to tick_store_app',
    ),
  );
  backend = await connect(copy, { statementTimeoutMs: 700, idleTimeoutMs: 1000, poolSize: 3, acquireTimeoutMs: 300 });
  client = new RDSDataClient({
    endpoint: backend.endpoint.url,
    region: 'eu-west-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await backend.stop();
  await copy.drop();
});

const target = () => ({ resourceArn: CLUSTER_ARN, secretArn: APP_SECRET_ARN, database: copy.name });
const execute = (sql: string, options: Partial<ExecuteStatementCommandInput> = {}) =>
  client.send(new ExecuteStatementCommand({ ...target(), sql, ...options }));
const ask = (sql: string, ...parameters: SqlParameter[]) => execute(sql, { parameters });
const begin = async () => (await client.send(new BeginTransactionCommand(target()))).transactionId as string;
const commit = (transactionId: string) => client.send(new CommitTransactionCommand({ ...target(), transactionId }));
const rollback = (transactionId: string) => client.send(new RollbackTransactionCommand({ ...target(), transactionId }));
const refused = (name: string, message: string | RegExp = /./) => ({
  name,
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});

describe('a caller', () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${backend.endpoint.url}/Execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ...target(), sql: 'select 1' }),
    });

  test.each([
    ['no signature', {}, 403, 'UnrecognizedClientException'],
    ['another content type', { 'content-type': 'text/plain' }, 415, 'UnsupportedMediaTypeException'],
    ['the origin of another site', { origin: 'https://evil.example' }, 403, 'AccessDeniedException'],
  ])('with %s is refused', async (_, headers, status, type) => {
    const response = await post(headers);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, type]);
    await response.arrayBuffer();
  });

  test.each([
    ['another key', { credentials: { accessKeyId: 'local', secretAccessKey: 'guessed' } }],
    ['another region', { region: 'us-east-1' }],
    ['a clock ten minutes late', { systemClockOffset: -600_000 }],
  ])('who signs with %s is refused', async (_, options) => {
    const other = new RDSDataClient({
      ...{ endpoint: backend.endpoint.url, region: 'eu-west-1', credentials: CREDENTIALS, maxAttempts: 1 },
      ...options,
    });
    await expect(other.send(new ExecuteStatementCommand({ ...target(), sql: 'select 1' }))).rejects.toMatchObject(
      refused('UnrecognizedClientException'),
    );
    other.destroy();
  });
});

describe('a call', () => {
  test('returns typed fields, and metadata where asked', async () => {
    const sql = `select 1::int4 as i, 2::int8 as l, 1.5::float8 as d, 'x'::text as s, true as b, null::text as n, '\\x01ff'::bytea as x,
      timestamptz '2026-01-02 03:04:05.678901+02' as t, 1.50::numeric as e, '{1,null}'::int8[] as a, array['q"','w,x'] as w`;
    const answer = await execute(sql, { includeResultMetadata: true });
    expect(answer.records).toEqual([
      [
        { longValue: 1 },
        { longValue: 2 },
        { doubleValue: 1.5 },
        { stringValue: 'x' },
        { booleanValue: true },
        { isNull: true },
        { blobValue: new Uint8Array([1, 255]) },
        { stringValue: '2026-01-02 01:04:05.678901' },
        { stringValue: '1.50' },
        { arrayValue: { longValues: [1, null] } },
        { arrayValue: { stringValues: ['q"', 'w,x'] } },
      ],
    ]);
    expect(answer.columnMetadata?.map(({ label, typeName }) => [label, typeName])).toEqual([
      ...[
        ['i', 'int4'],
        ['l', 'int8'],
        ['d', 'float8'],
        ['s', 'text'],
        ['b', 'bool'],
        ['n', 'text'],
        ['x', 'bytea'],
      ],
      ...[
        ['t', 'timestamptz'],
        ['e', 'numeric'],
        ['a', '_int8'],
        ['w', '_text'],
      ],
    ]);
    expect((await execute(sql)).columnMetadata).toBeUndefined();
    const strings = { longReturnType: 'STRING', decimalReturnType: 'DOUBLE_OR_LONG' } as const;
    const [row] =
      (await execute('select 9007199254740993::int8, 1.5::numeric', { resultSetOptions: strings })).records ?? [];
    expect(row).toEqual([{ stringValue: '9007199254740993' }, { doubleValue: 1.5 }]);
  });

  test('can return one JSON text', async () => {
    const answer = await execute(`select 1 as a, null as b`, { formatRecordsAs: 'JSON' });
    expect([JSON.parse(answer.formattedRecords ?? ''), answer.records]).toEqual([[{ a: 1, b: null }], undefined]);
    await expect(execute('select 1 as a, 2 as a', { formatRecordsAs: 'JSON' })).rejects.toMatchObject(
      refused('UnsupportedResultException'),
    );
  });

  test('counts what it changed, and has committed it', async () => {
    expect((await execute('insert into tick_store.notes values (1), (2)')).numberOfRecordsUpdated).toBe(2);
    const sql = 'insert into tick_store.notes values (:id)';
    const parameterSets = [3, 4].map((id) => [{ name: 'id', value: { longValue: id } }]);
    const batch = await client.send(new BatchExecuteStatementCommand({ ...target(), sql, parameterSets }));
    expect(batch.updateResults).toEqual([{ generatedFields: [] }, { generatedFields: [] }]);
    expect((await execute('select count(*) from tick_store.notes where id < 10')).records).toEqual([
      [{ longValue: 4 }],
    ]);
  });

  test.each([
    ['another cluster', { resourceArn: 'arn:aws:rds:eu-west-1:1:cluster:x' }, 'HttpEndpointNotEnabledException'],
    ['an unknown secret', { secretArn: 'arn:aws:secretsmanager:x' }, 'NotFoundException'],
    ['a schema', { schema: 'tick_store' }, 'ValidationException'],
    ['a database that is not there', { database: 'nope' }, 'DatabaseErrorException'],
    ['two statements', { sql: 'select 1; select 2' }, 'ValidationException'],
    ['an endless text', { sql: `select 1 --${'x'.repeat(65_536)}` }, 'ValidationException'],
    ['a name without a value', { sql: 'select :a::text' }, 'BadRequestException'],
    [
      'an array',
      { sql: 'select :a', parameters: [{ name: 'a', value: { arrayValue: { longValues: [1] } } }] },
      'BadRequestException',
    ],
    ['geometry', { sql: `select point '(1,2)'` }, 'UnsupportedResultException'],
    ['an array of arrays', { sql: `select '{{1},{2}}'::int4[]` }, 'UnsupportedResultException'],
  ])('with %s is refused', async (_, options, name) => {
    await expect(execute('select 1', options)).rejects.toMatchObject(refused(name));
  });

  test('logs in as the secret says', async () => {
    const who = async (secretArn: string) =>
      (await execute('select current_user::text', { secretArn })).records?.[0]?.[0];
    expect(await who(APP_SECRET_ARN)).toEqual({ stringValue: 'tick_store_app' });
    expect(await who(OWNER_SECRET_ARN)).toEqual({ stringValue: 'tick_store_owner' });
  });

  test('takes a string for text, unless the statement or a hint says otherwise', async () => {
    const word = (stringValue: string, typeHint?: SqlParameter['typeHint']) => ({
      name: 'a',
      value: { stringValue },
      typeHint,
    });
    await expect(ask('insert into tick_store.notes values (:a)', word('9'))).rejects.toMatchObject(
      refused('DatabaseErrorException', /type bigint but expression is of type text.*SQLState: 42804$/s),
    );
    expect((await ask('select :a::int8', word('9'))).records).toEqual([[{ longValue: 9 }]]);
    const id = '0b8f1c9a-6a0e-4c5e-9a43-3b7b8a1f9d11';
    expect((await ask(`select :a = $x$${id}$x$::uuid`, word(id, 'UUID'))).records).toEqual([[{ booleanValue: true }]]);
    await expect(ask('select :a', word('2026-01-02T03:04:05Z', 'TIMESTAMP'))).rejects.toMatchObject(
      refused('BadRequestException'),
    );
    expect((await ask('select :a', word('2026-01-02 03:04:05.5', 'TIMESTAMP'))).records).toEqual([
      [{ stringValue: '2026-01-02 03:04:05.5' }],
    ]);
  });

  test('finds names outside strings, comments and casts only', async () => {
    const sql = `select ':b' as ":c", $$ :d $$, E'\\':e', 1::int4 /* :f */ -- :g
      , :a::text`;
    const [row] = (await ask(sql, { name: 'a', value: { stringValue: 'found' } })).records ?? [];
    expect(row?.at(-1)).toEqual({ stringValue: 'found' });
  });

  test('that fails reports message and SQLSTATE, and no detail', async () => {
    await execute('insert into tick_store.notes values (50)');
    await expect(execute('insert into tick_store.notes values (50)')).rejects.toMatchObject(
      refused(
        'DatabaseErrorException',
        'ERROR: duplicate key value violates unique constraint "notes_pkey"; SQLState: 23505',
      ),
    );
    await expect(execute('select nothing')).rejects.toMatchObject(
      refused('DatabaseErrorException', 'ERROR: column "nothing" does not exist\n  Position: 8; SQLState: 42703'),
    );
  });

  test('ends at the time limit, and so does the statement', async () => {
    await expect(execute('select pg_sleep(30) is null as slept')).rejects.toMatchObject(
      refused('StatementTimeoutException'),
    );
    const running = `select count(*) from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`;
    await expect.poll(async () => (await execute(running)).records).toEqual([[{ longValue: 0 }]]);
  });
});

test('a statement may go on after its call has timed out, and holds its transaction meanwhile', async () => {
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

  test('a request of 4 MiB, headers included', async () => {
    const send = (length: number) =>
      ask('select length(:a)', { name: 'a', value: { stringValue: 'x'.repeat(length) } });
    expect((await send(4 * 1024 * 1024 - 2000)).records).toEqual([[{ longValue: 4 * 1024 * 1024 - 2000 }]]);
    await expect(send(4 * 1024 * 1024)).rejects.toMatchObject(refused('RequestEntityTooLargeException'));
  });

  test('connections: who finds none in time gets an error', async () => {
    const open = await Promise.all([begin(), begin(), begin()]);
    await expect(begin()).rejects.toMatchObject(refused('DatabaseErrorException', /SQLState: 53300/));
    await Promise.all(open.map(rollback));
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

  test('is gone after an error', async () => {
    const id = await begin();
    await expect(execute('select 1/0', { transactionId: id })).rejects.toMatchObject(
      refused('DatabaseErrorException', /22012/),
    );
    await expect(commit(id)).rejects.toMatchObject(refused('TransactionNotFoundException'));
  });

  test('is gone after its idle time, with what it did', async () => {
    const before = await count();
    const id = await begin();
    await execute('insert into tick_store.notes values (102)', { transactionId: id });
    await expect.poll(() => backend.endpoint.openTransactions, { timeout: 5000 }).toBe(0);
    await expect(commit(id)).rejects.toMatchObject(refused('TransactionNotFoundException'));
    expect(await count()).toBe(before);
  });

  test('is gone when Postgres ends its connection, and gives its place to another', async () => {
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

  test('takes one call at a time', async () => {
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

test('it can be made to fail', async () => {
  backend.endpoint.failNext('DatabaseResumingException', 1);
  await expect(execute('select 1')).rejects.toMatchObject(refused('DatabaseResumingException'));
  expect((await execute('select 1')).records).toEqual([[{ longValue: 1 }]]);
});
