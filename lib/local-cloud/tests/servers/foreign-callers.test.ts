import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendSpecification, type LocalCloud, startLocalCloud } from '../../index.ts';
import { fastDirectory } from '../support/fast-directory.ts';

/** What a web page of another site, or a program without the account's key, gets from each port of a running cloud. */

const root = mkdtempSync(join(fastDirectory(), 'local-cloud-ports-'));
// mkdtemp closes it to everybody else; the account that runs the servers for root has to pass
chmodSync(root, 0o711);
const assembly = join(root, 'assembly');

beforeAll(() => {
  mkdirSync(join(assembly, 'asset'), { recursive: true });
  const write = (file: string, value: unknown) => writeFileSync(join(assembly, file), JSON.stringify(value));
  write('manifest.json', {
    artifacts: {
      shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'shop.json' } },
      'shop.assets': { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
    },
  });
  const files = { code: { source: { path: 'asset' }, destinations: { a: { objectKey: 'code.zip' } } } };
  write('assets.json', { files });
  write('shop.json', TEMPLATE);
  writeFileSync(join(assembly, 'asset/index.mjs'), 'export const handler = async () => ({ secret: "77889911" });');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TEMPLATE = {
  Resources: {
    Code: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'shop-read', Handler: 'index.handler', Code: { S3Key: 'code.zip' } },
    },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'shop' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: { 'Fn::GetAtt': ['Code', 'Arn'] },
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { RouteKey: 'ANY /things', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] } },
    },
  },
};

const IN_ACCOUNT = 'us-east-1:000000000000';
const STATEMENT = JSON.stringify({
  resourceArn: `arn:aws:rds:${IN_ACCOUNT}:cluster:local-cluster`,
  secretArn: `arn:aws:secretsmanager:${IN_ACCOUNT}:secret:rds!cluster-local`,
  database: 'shop',
  sql: 'select 77889911 as secret',
});
const SECRET = JSON.stringify({ SecretId: `arn:aws:secretsmanager:${IN_ACCOUNT}:secret:rds!cluster-local` });

/** Everything that a port may respond to. */
const REQUESTS: readonly (readonly [method: string, path: string, headers: readonly string[], body: string])[] = [
  ['GET', '/things', [], ''],
  ['GET', '/_local', [], ''],
  ['GET', '/_local/messages', [], ''],
  ['POST', '/_local/faults', ['Content-Type: application/json'], '{"fault":"database-down"}'],
  ['DELETE', '/_local/faults', [], ''],
  ['POST', '/Execute', ['Content-Type: text/plain'], STATEMENT],
  ['POST', '/Execute', ['Content-Type: application/json'], STATEMENT],
  ['POST', '/BeginTransaction', ['Content-Type: application/json'], STATEMENT],
  ['POST', '/', ['Content-Type: application/x-amz-json-1.1', 'X-Amz-Target: secretsmanager.GetSecretValue'], SECRET],
  ['POST', '/sql', ['Content-Type: text/plain'], '{"query":"select 77889911 as secret"}'],
];
const UPGRADE = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

const start = (backend: BackendSpecification): Promise<LocalCloud> =>
  startLocalCloud({
    title: 'Shop',
    assembly,
    backend,
    database: {
      names: { database: 'shop', owner: 'shop_owner', application: 'shop_app', monitor: 'shop_monitor' },
      pooler: {
        baseConnections: 2,
        overflowConnections: 2,
        acquireTimeoutSeconds: 5,
        recycleSeconds: 600,
        checkBeforeUse: true,
      },
    },
    dataDirectory: join(root, 'data'),
    port: 0,
    concurrency: 1,
    print: () => undefined,
    warn: () => undefined,
    signal: new AbortController().signal,
    onGivenUp: (error) => {
      throw error;
    },
  });

describe
  .runIf(process.platform === 'linux')
  .each<BackendSpecification>([
    { kind: 'proxy' },
    { kind: 'data-api' },
    { kind: 'neon', secretName: 'shop/database' },
    { kind: 'postgres', secretName: 'shop/database' },
  ])('a cloud with the backend $kind', (backend) => {
  let cloud: LocalCloud;
  let ports: number[];
  beforeAll(async () => {
    const before = new Set(listeningPorts([process.pid]));
    cloud = await start(backend);
    const { postgres, pooler } = cloud.database;
    ports = listeningPorts([process.pid, postgres.pid, pooler.pid]).filter((port) => !before.has(port));
  }, 60_000);
  afterAll(() => cloud?.stop(), 60_000);

  test('has its API, PostgreSQL, PgBouncer and the endpoints of AWS and the backend on separate ports', async () => {
    expect(await (await fetch(`${cloud.url}/things`)).json()).toEqual({ secret: '77889911' });
    expect(ports.length).toBe({ proxy: 6, 'data-api': 5, neon: 5, postgres: 4 }[backend.kind]);
  });

  test('refuses a page of another site, and requests by another host name', async () => {
    for (const port of ports)
      for (const [method, path, headers, body] of REQUESTS)
        for (const caller of [
          [`Host: 127.0.0.1:${port}`, 'Origin: https://evil.example'],
          ['Host: rebound.evil.example'],
          [`Host: 127.0.0.1:${port}`, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
        ]) {
          const got = await send(port, method, path, [...caller, ...headers], body);
          expect(got, `${method} ${path} with ${caller.join(', ')}`).not.toMatch(/^HTTP\/1\.1 [23]|secret"?:|77889911/);
        }
  });

  test('opens no WebSocket to a page of another site', async () => {
    for (const port of ports) {
      const got = await send(
        port,
        'GET',
        '/v2',
        [`Host: 127.0.0.1:${port}`, 'Origin: https://evil.example', ...UPGRADE],
        '',
      );
      expect(got).not.toContain(' 101 ');
    }
  });

  test('refuses unsigned requests to everything that AWS would protect', async () => {
    const api = Number(new URL(cloud.url).port);
    for (const port of ports.filter((one) => one !== api))
      for (const [method, path, headers, body] of REQUESTS) {
        const got = await send(port, method, path, [`Host: 127.0.0.1:${port}`, ...headers], body);
        expect(got, `${method} ${path}`).not.toMatch(/^HTTP\/1\.1 [23]|secret"?:|77889911/);
      }
  });
});

/** Over a bare socket, because a client library decides about Host and Origin itself. What was received within a second. */
async function send(port: number, method: string, path: string, headers: readonly string[], body: string) {
  const socket = connect(port, '127.0.0.1');
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const close = headers.includes('Connection: Upgrade') ? [] : ['Connection: close'];
  socket.write([`${method} ${path} HTTP/1.1`, ...headers, ...length, ...close, '', body].join('\r\n'));
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), 1000);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return received;
}

/** TCP ports that these processes listen on. */
function listeningPorts(pids: readonly number[]): number[] {
  const portOf = new Map<string, number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === '0A') portOf.set(inode, Number.parseInt(local.split(':')[1] ?? '', 16));
    }
  const inodes = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return [...new Set(inodes.flatMap((inode) => portOf.get(inode) ?? []))];
}
