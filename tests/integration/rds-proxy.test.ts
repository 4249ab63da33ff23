import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Signer } from '@aws-sdk/rds-signer';
import {
  type Certificate,
  freePort,
  type LocalRdsProxy,
  localAccount,
  makeCertificate,
  message,
  readMessage,
  startRdsProxy,
  startupMessage,
} from '@tick-store/local-cloud';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { withDatabase } from '../support/postgres.ts';

const USER = 'tick_store_app';
const account = localAccount('eu-central-1');
const poolerUrl = new URL(inject('postgres').poolerUrl);

let certificate: Certificate;
let proxy: LocalRdsProxy;
let now = () => Date.now();

beforeAll(async () => {
  certificate = await makeCertificate();
  proxy = await startRdsProxy({
    ...{ account, certificate },
    poolerPort: Number(poolerUrl.port),
    passwordOf: (user) => (user === USER ? decodeURIComponent(poolerUrl.password) : undefined),
    now: () => now(),
  });
});
afterAll(() => proxy.stop());

interface Choice {
  readonly user?: string;
  readonly signedFor?: {
    readonly user?: string;
    readonly port?: number;
    readonly key?: string;
    readonly region?: string;
  };
  readonly config?: pg.ClientConfig;
  readonly port?: number;
}

/** A client as `functions/database/connect/iam-password.ts` makes it. */
function clientOf({ user = USER, signedFor = {}, config = {}, port = proxy.port }: Choice = {}): pg.Client {
  const signer = new Signer({
    hostname: 'localhost',
    port: signedFor.port ?? port,
    username: signedFor.user ?? user,
    region: signedFor.region ?? account.region,
    credentials: { ...account.credentials, ...(signedFor.key === undefined ? {} : { secretAccessKey: signedFor.key }) },
  });
  return new pg.Client({
    ...{ host: 'localhost', port, user, database: 'tick_store' },
    password: () => signer.getAuthToken(),
    ssl: { ca: certificate.certificate },
    ...config,
  });
}

async function ask<T>(client: pg.Client, use: (client: pg.Client) => Promise<T>): Promise<T> {
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

describe('a function with a token', () => {
  test('reaches Postgres through PgBouncer, as the user in the token', async () => {
    const { rows } = await ask(clientOf(), (client) =>
      client.query('select current_user as me, inet_server_port() as port, $1::int + 1 as sum', [41]),
    );
    const port = Number(new URL(inject('postgres').superuserUrl).port);
    expect(rows).toEqual([{ me: USER, port, sum: 42 }]);
  });

  test('sends large data in both directions without loss', async () => {
    const text = 'tick'.repeat(2_000_000);
    const { rows } = await ask(clientOf(), (client) => client.query('select $1::text as text', [text]));
    expect(rows[0].text === text).toBe(true);
  });

  test('may open any number of separate connections', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(clientOf(), async (client) => (await client.query('select $1::int as i', [i])).rows[0].i),
      ),
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("gets PgBouncer's reason if PgBouncer refuses", async () => {
    const client = clientOf({ config: { database: 'pgbouncer' } });
    await expect(ask(client, async () => 'in')).rejects.toMatchObject({ severity: 'FATAL' });
  });
});

describe('refused with 28P01 and counted: a token', () => {
  test.each<[string, Choice]>([
    ['of another key', { signedFor: { key: 'another' } }],
    ['for another port', { signedFor: { port: 5432 } }],
    ['for another region', { signedFor: { region: 'us-east-1' } }],
    ['for another user', { signedFor: { user: 'tick_store_owner' } }],
    ['of a user that may not come this way', { user: 'tick_store_owner' }],
    ['that is a password', { config: { password: decodeURIComponent(poolerUrl.password) } }],
    ['that is nothing like one', { config: { password: 'localhost' } }],
  ])('%s', async (_, choice) => {
    const before = proxy.refusedLogins();
    await expect(ask(clientOf(choice), async () => 'in')).rejects.toMatchObject({ code: '28P01' });
    expect(proxy.refusedLogins()).toBe(before + 1);
  });

  test('that is older than 15 minutes', async () => {
    now = () => Date.now() + 15 * 60_000 + 1_000;
    await expect(ask(clientOf(), async () => 'in')).rejects.toMatchObject({ code: '28P01' });
    now = () => Date.now() + 14 * 60_000;
    expect(await ask(clientOf(), async () => 'in')).toBe('in');
    now = () => Date.now();
  });
});

describe('rejected', () => {
  test('a client without TLS', async () => {
    const client = clientOf({ config: { ssl: false } });
    await expect(ask(client, async () => 'in')).rejects.toMatchObject({ code: '28000', message: /requires TLS/ });
  });

  test('a client that verifies the name and connected by another one', async () => {
    await expect(ask(clientOf({ config: { host: '127.0.0.1' } }), async () => 'in')).rejects.toThrow(
      /altname|does not match/i,
    );
  });

  test.each<[string, pg.ClientConfig]>([
    ['statement_timeout', { statement_timeout: 1000 }],
    ['lock_timeout', { lock_timeout: 1000 }],
    ['idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: 1000 }],
    ['options', { options: '-c work_mem=1MB' }],
  ])('a client that asks for %s', async (name, config) => {
    await expect(ask(clientOf({ config }), async () => 'in')).rejects.toMatchObject({
      code: '0A000',
      message: `RDS Proxy currently doesn't support the option ${name}.`,
    });
  });

  test('a CancelRequest, without a response', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    const bytes = Buffer.alloc(16);
    bytes.writeInt32BE(16);
    bytes.writeInt32BE(80_877_102, 4);
    let heard = 0;
    socket.on('data', (chunk) => {
      heard += chunk.length;
    });
    socket.write(bytes);
    await once(socket, 'close');
    expect(heard).toBe(0);
  });

  test.each([
    ['noise', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a startup message of 1 GB', Buffer.from([0x40, 0, 0, 0, 0, 3, 0, 0])],
    ['a request for TLS with more behind it', Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f, 1, 2, 3])],
  ])('%s', async (_, bytes) => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
  });
});

test('an unreachable pooler is an error that the driver recognises', async () => {
  const away = await startRdsProxy({
    ...{ account, certificate },
    poolerPort: await freePort(),
    passwordOf: () => 'x',
    now: Date.now,
  });
  await expect(ask(clientOf({ port: away.port }), async () => 'in')).rejects.toMatchObject({ code: '57P03' });
  await away.stop();
});

test('if one end closes, the other is closed too', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]));
  await once(socket, 'readable');
  expect(String(socket.read(1))).toBe('S');
  const client = connectTls({ socket, ca: certificate.certificate, servername: 'localhost' });
  client.write(
    startupMessage(
      new Map([
        ['user', USER],
        ['database', 'tick_store'],
      ]),
    ),
  );
  expect((await readMessage(client)).body.readInt32BE()).toBe(3);
  const signer = new Signer({
    ...{ hostname: 'localhost', port: proxy.port, username: USER, region: account.region },
    credentials: account.credentials,
  });
  client.write(message('p', Buffer.from(`${await signer.getAuthToken()}\0`)));
  expect((await readMessage(client)).body.readInt32BE()).toBe(0);
  const closed = once(client, 'close');
  client.resume();
  client.write(message('X'));
  await closed;
});

test('a client that sends byte by byte works, and delays nobody else', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  const dripped = async (to: { write: (bytes: Buffer) => unknown }, bytes: Buffer) => {
    for (const byte of bytes) {
      to.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await dripped(socket, Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  expect(String((await once(socket, 'data'))[0])).toBe('S');
  const client = connectTls({ socket, ca: certificate.certificate, servername: 'localhost' });
  await dripped(client, startupMessage(new Map(Object.entries({ user: USER, database: 'tick_store' }))));
  expect(await readMessage(client)).toMatchObject({ type: 'R', body: Buffer.from([0, 0, 0, 3]) });
  const { region, credentials } = account;
  const signer = new Signer({ hostname: 'localhost', port: proxy.port, username: USER, region, credentials });
  await dripped(client, message('p', Buffer.from(`${await signer.getAuthToken()}\0`)));
  expect(await readMessage(client)).toMatchObject({ type: 'R', body: Buffer.alloc(4) });
  client.destroy();
});

test('a client killed in the middle of a COPY leaves no transaction and no connection behind', async () => {
  const superuser = new pg.Client({
    connectionString: withDatabase(inject('postgres').superuserUrl, 'tick_store'),
  });
  await superuser.connect();
  await superuser.query('create table public.copied (line text); grant insert on public.copied to tick_store_app');
  const locks = async () =>
    (await superuser.query("select from pg_locks where locktype = 'advisory' and objid = 4711")).rowCount;
  const client = clientOf();
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock(4711)');
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  stream.write(message('Q', Buffer.from('copy public.copied from stdin\0')));
  for (let line = 0; line < 100; line += 1) stream.write(message('d', Buffer.from(`${'x'.repeat(1000)}\n`)));
  expect(await locks()).toBe(1);
  stream.destroy();
  await vi.waitUntil(async () => (await locks()) === 0, { timeout: 10_000 });
  await superuser.query('drop table public.copied');
  await superuser.end();
});
