import { connect } from 'node:net';
import { type NeonEndpoint, startNeonEndpoint } from '@tick-store/local-cloud';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** The local endpoint's wire protocol, tested without the driver. */

let testDatabase: TestDatabase;
let endpoint: NeonEndpoint;
beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('postgres'));
  const { hostname, port } = new URL(testDatabase.appUrl);
  endpoint = await startNeonEndpoint({
    pooler: { host: hostname, port: Number(port) },
    limits: { requestBytes: 5_000, responseBytes: 5_000 },
  });
});
afterAll(async () => {
  await endpoint.stop();
  await testDatabase.drop();
});

async function ask(body: object | string, headers: Record<string, string> = {}) {
  const response = await fetch(`${endpoint.url}/sql`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {
      'Neon-Connection-String': testDatabase.appUrl,
      'Neon-Raw-Text-Output': 'true',
      'Neon-Array-Mode': 'true',
      ...headers,
    },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe('POST /sql', () => {
  test('returns a statement’s rows as text, with its column metadata', async () => {
    const query = `select $1::int4 as n, true as b, null as nothing, '{"a": 1}'::json as j`;
    const { status, body } = await ask({ query, params: ['7'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
      rowAsArray: true,
      rows: [['7', 't', null, '{"a": 1}']],
    });
    expect(body.fields[0]).toEqual({
      ...{ name: 'n', dataTypeID: 23, tableID: 0, columnID: 0, dataTypeSize: 4, dataTypeModifier: -1, format: 'text' },
    });
  });

  test('runs several statements as one transaction, as the headers say', async () => {
    const queries = [
      {
        query: `select current_setting('transaction_isolation'), current_setting('transaction_read_only')`,
        params: [],
      },
      { query: 'select pg_current_xact_id_if_assigned()', params: [] },
    ];
    const { body, headers } = await ask(
      { queries },
      { 'Neon-Batch-Isolation-Level': 'RepeatableRead', 'Neon-Batch-Read-Only': 'true' },
    );
    expect(body.results.map(({ rows }: { rows: unknown }) => rows)).toEqual([[['repeatable read', 'on']], [[null]]]);
    expect(headers.get('neon-batch-isolation-level')).toBe('RepeatableRead');
    expect((await ask({ queries }, { 'Neon-Batch-Isolation-Level': 'repeatable read' })).body.message).toBe(
      'invalid isolation level',
    );
  });

  test('returns the database’s error fields, and rolls back', async () => {
    const insert = { query: `insert into tick_store.instruments (symbol, name, type) values ('XX', 'x', 'future')` };
    const { status, body } = await ask({ queries: [insert, insert] });
    expect([status, body.code, body.severity, body.constraint]).toEqual([
      ...[400, '23505', 'ERROR', 'instruments_symbol_key'],
    ]);
    expect(body.detail).toContain('XX');
    const { body: after } = await ask({ query: `select from tick_store.instruments where symbol = 'XX'` });
    expect(after.rowCount).toBe(0);
  });

  test('refuses two statements in one, as the extended protocol does', async () => {
    expect((await ask({ query: 'select 1; select 2' })).body.code).toBe('42601');
  });

  test.each<[string, number, string, () => ReturnType<typeof ask>]>([
    ['too large a request', 413, 'request is too large (max is 5000 bytes)', () => ask('x'.repeat(6_000))],
    [
      'too large a result',
      507,
      'response is too large (max is 5000 bytes)',
      () => ask({ query: `select repeat('x', 6000)` }),
    ],
    ['what is not JSON', 400, 'could not parse the HTTP request body', () => ask('{')],
    ['no login', 400, 'missing username', () => ask({ query: '' }, { 'Neon-Connection-String': 'postgres://h/d' })],
    [
      'a wrong password',
      400,
      "password authentication failed for user 'tick_store_app'",
      () =>
        ask({ query: 'select 1' }, { 'Neon-Connection-String': testDatabase.appUrl.replace(/:[^:@]+@/, ':wrong@') }),
    ],
  ])('refuses %s', async (_, status, message, asking) => {
    const response = await asking();
    expect([response.status, response.body.message]).toEqual([status, message]);
  });

  test('responds 500 if there is no pooler', async () => {
    const away = await startNeonEndpoint({ pooler: { host: '127.0.0.1', port: 1 } });
    const response = await fetch(`${away.url}/sql`, {
      method: 'POST',
      body: '{"query":"select 1"}',
      headers: { 'Neon-Connection-String': testDatabase.appUrl },
    });
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { message: "Couldn't connect to compute node" },
    ]);
    await away.stop();
  });
});

/** The result of trying to open a WebSocket: `open`, or the status that refused it. */
function opened(path: string, headers: Record<string, string> = {}): Promise<string | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${endpoint.url.replace('http', 'ws')}${path}`, { headers });
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('the WebSocket', () => {
  test('connects to the pooler, and nowhere else', async () => {
    const { host } = new URL(testDatabase.appUrl);
    expect(await opened('/v2')).toBe('open');
    expect(await opened(`/v1?address=${host}`)).toBe('open');
    expect(await opened(`/v1?address=${new URL(testDatabase.ownerUrl).host}`)).toBe(404);
    expect(await opened('/v1?address=example.com:443')).toBe(404);
    expect(await opened('/')).toBe(404);
  });
});

test('a page of another site is refused, over HTTP and WebSocket', async () => {
  for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }] as Record<string, string>[])
    expect(await opened('/v2', headers)).toBe(403);
  expect((await ask({ query: 'select 1' }, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await ask({ query: 'select 1' }, { origin: 'http://localhost:3000' })).status).toBe(200);
});

test('it listens only on this machine, and no longer after its end', async () => {
  const other = await startNeonEndpoint({ pooler: { host: '127.0.0.1', port: 1 } });
  const { hostname, port } = new URL(other.url);
  expect(hostname).toBe('127.0.0.1');
  await Promise.all([other.stop(), other.stop()]);
  const refused = await new Promise<string>((resolve) => {
    connect(Number(port), hostname).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
  });
  expect(refused).toBe('ECONNREFUSED');
});
