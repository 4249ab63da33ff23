import {
  BatchExecuteStatementCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { describe, expect, test } from 'vitest';
import { APP_SECRET_ARN, CREDENTIALS, OWNER_SECRET_ARN } from '../support/backends/data-api.ts';
import { ask, backend, client, execute, prepareEndpointTests, refused, target } from '../support/data-api-client.ts';

/** What the local Data API returns to the SDK's own client: the documented refusals, types and limits. */

prepareEndpointTests();

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
  test('returns typed fields, and metadata on request', async () => {
    const sql = `select 1::int4 as i, 2::int8 as l, 1.5::float8 as d, 'x'::text as s, true as b, null::text as n, '\\x01ff'::bytea as x,
      timestamptz '2026-01-02 03:04:05.678901+02' as t, 1.50::numeric as e, '{1,null}'::int8[] as a, array['q"','w,x'] as w`;
    const result = await execute(sql, { includeResultMetadata: true });
    expect(result.records).toEqual([
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
    expect(result.columnMetadata?.map(({ label, typeName }) => [label, typeName])).toEqual([
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
    const result = await execute(`select 1 as a, null as b`, { formatRecordsAs: 'JSON' });
    expect([JSON.parse(result.formattedRecords ?? ''), result.records]).toEqual([[{ a: 1, b: null }], undefined]);
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

  test('treats a string as text, unless the statement or a hint says otherwise', async () => {
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

  test('finds parameter names only outside strings, comments and casts', async () => {
    const sql = `select ':b' as ":c", $$ :d $$, E'\\':e', 1::int4 /* :f */ -- :g
      , :a::text`;
    const [row] = (await ask(sql, { name: 'a', value: { stringValue: 'found' } })).records ?? [];
    expect(row?.at(-1)).toEqual({ stringValue: 'found' });
  });

  test('that fails returns the message and the SQLSTATE, but no detail', async () => {
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
