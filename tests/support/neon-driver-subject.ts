import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type NeonEndpoint, startNeonEndpoint } from '@tick-store/local-cloud';
import { afterAll, beforeAll, beforeEach, inject, onTestFinished } from 'vitest';
import type { CallOptions, ObservedCall, Parameter, Statement } from '../../functions/database/database.ts';
import { NeonDatabase, type NeonOptions } from '../../functions/database/drivers/neon/neon-database.ts';
import type { DatabaseError } from '../../functions/database/errors.ts';
import { LIMITS } from './backends/access.ts';
import { createTestDatabase, type TestDatabase, withClient } from './postgres.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export let testDatabase: TestDatabase;
export let endpoint: NeonEndpoint;
/** Call once at the top of a test file. Creates a table of notes, which is empty before each test, and starts an endpoint. */
export function prepareDriverTests(): void {
  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('postgres'));
    await withClient(testDatabase.superuserUrl, async (client) => {
      await client.query('create table public.notes (id int8, text text)');
      await client.query('grant select, insert on public.notes to tick_store_app');
    });
    endpoint = await startEndpoint();
  });
  beforeEach(() => withClient(testDatabase.superuserUrl, (client) => client.query('truncate public.notes')));
  afterAll(async () => {
    await endpoint.stop();
    await testDatabase.drop();
  });
}

export function startEndpoint(limits = {}): Promise<NeonEndpoint> {
  const { hostname, port } = new URL(testDatabase.appUrl);
  return startNeonEndpoint({ pooler: { host: hostname, port: Number(port) }, limits });
}

export const statement = (text: string, ...values: Parameter[]): Statement => ({ name: 'a-statement', text, values });
export const note = (id: number): Statement => statement('insert into public.notes (id) values ($1::int8)', id);
export const once = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: false });
export const twice = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: true });
export const stored = () =>
  withClient(testDatabase.superuserUrl, async (client) => {
    const { rows } = await client.query<{ id: number }>('select id::int4 from public.notes order by id');
    return rows.map(({ id }) => id);
  });

export interface Subject {
  readonly database: NeonDatabase;
  readonly calls: ObservedCall[];
}

export function connected(options: Partial<NeonOptions> = {}): Subject {
  const calls: ObservedCall[] = [];
  const onCall = (call: ObservedCall) => void calls.push(call);
  const database = new NeonDatabase({
    ...LIMITS,
    url: testDatabase.appUrl,
    endpoint: endpoint.url,
    onCall,
    ...options,
  });
  onTestFinished(() => database.close());
  return { database, calls };
}

/** A driver with a TCP proxy to the endpoint, which a test can break. */
export async function wired(options: Partial<NeonOptions> = {}): Promise<Subject & { wire: TcpProxy }> {
  const wire = await startTcpProxy(endpoint.url);
  onTestFinished(() => wire.stop());
  return { wire, ...connected({ endpoint: wire.url, ...options }) };
}

export const failure = (call: Promise<unknown>): Promise<DatabaseError> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: DatabaseError) => error,
  );

/** A driver on a server that gives every request the same response. `requests` counts them. */
export async function respondingWith(status: number, body: string): Promise<Subject & { requests: () => number }> {
  let requests = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests++;
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...connected({ endpoint: url }), requests: () => requests };
}
