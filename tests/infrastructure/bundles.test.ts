import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openApiDocument } from '../../functions/contract/openapi.ts';
import { bundleOf, DEBUGGABLE_VARIABLE } from '../../lib/constructs/functions/bundle.ts';
import { BACKENDS, propertiesOf, stackOf } from './support/stacks.ts';

/** Directory of each function's staged bundle, by entry. */
function bundlesOf(backend: (typeof BACKENDS)[number]): Record<string, string> {
  const { template, directory } = stackOf(backend);
  return Object.fromEntries(
    Object.values(propertiesOf(template, 'AWS::Lambda::Function'))
      .filter(({ FunctionName }) => FunctionName)
      .map(({ FunctionName, Code }) => [
        FunctionName.replace('tick-store-', ''),
        join(directory, `asset.${Code.S3Key.replace('.zip', '')}`),
      ]),
  );
}

const codeOf = (directory: string) => readFileSync(join(directory, 'index.mjs'), 'utf8');

/** Functions connect while they load, and these tests reach for no other machine. */
const NOWHERE = { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: '1' };

/** What each backend's functions find in their environment; the migration's is its own. */
const ENVIRONMENT: Record<(typeof BACKENDS)[number], Record<string, string>> = {
  proxy: { ...NOWHERE, DATABASE_DRIVER: 'pg', DATABASE_CREDENTIALS: 'iam' },
  'data-api': { DATABASE_DRIVER: 'data-api', DATABASE_CLUSTER_ARN: 'c', DATABASE_SECRET_ARN: 's' },
  neon: { DATABASE_DRIVER: 'neon', DATABASE_SECRET_ARN: 's', DATABASE_CREDENTIALS: 'secret' },
  postgres: { DATABASE_DRIVER: 'pg', DATABASE_SECRET_ARN: 's', DATABASE_CREDENTIALS: 'secret' },
};

const MIGRATION_ENVIRONMENT: typeof ENVIRONMENT = {
  ...ENVIRONMENT,
  proxy: { DATABASE_HOST: 'cluster.example.com', OWNER_SECRET_ARN: 's' },
  'data-api': { ...ENVIRONMENT['data-api'], OWNER_SECRET_ARN: 'o' },
  neon: { DATABASE_DRIVER: 'pg', DATABASE_SECRET_ARN: 's' },
};

/** What only this client's code says. */
const CLIENTS = {
  pg: 'not supported in pipeline mode',
  neon: 'neondatabase/serverless',
  'data-api': 'rds-data',
};
const clientsIn = (code: string) =>
  Object.entries(CLIENTS)
    .filter(([, words]) => code.includes(words))
    .map(([name]) => name);

/** Secrets Manager as far as a function needs it to load: any secret holds two URLs. */
let secretsManager: Server;
let secretsUrl: string;
beforeAll(async () => {
  const url = 'postgres://tick_store_app:x@127.0.0.1:1/tick_store?sslmode=require';
  secretsManager = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify({ pooledUrl: url, directUrl: url }) }));
  });
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
  secretsUrl = `http://127.0.0.1:${(secretsManager.address() as AddressInfo).port}`;
});
afterAll(() => void secretsManager.close());

interface Loaded {
  /** What `handler` is, and how many parameters it declares; or why there is none. */
  readonly handler: string;
  readonly importMs: number;
}

/** Loads a bundle as Lambda does, in a Node that knows nothing of this project. */
async function load(directory: string, environment: Record<string, string>): Promise<Loaded> {
  const script = `const started = performance.now();
    import(${JSON.stringify(join(directory, 'index.mjs'))}).then(
      (m) => console.log(JSON.stringify({ handler: typeof m.handler + ' ' + m.handler.length, importMs: performance.now() - started })),
      (e) => console.log(JSON.stringify({ handler: String(e.message), importMs: 0 })))`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    AWS_LAMBDA_FUNCTION_NAME: 'tick-store-x',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
    ...environment,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: '/', env });
  // before it, some say that there is no database to connect to
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Loaded;
}

describe('the bundles', () => {
  test.each(BACKENDS)(
    'load in plain Node 24 with the environment of the backend %s, each with one database client',
    async (backend) => {
      const lines: string[] = [];
      for (const [entry, directory] of Object.entries(bundlesOf(backend))) {
        if (entry === 'send-pages') continue;
        const isMigration = entry === 'migrate';
        const { handler, importMs } = await load(
          directory,
          (isMigration ? MIGRATION_ENVIRONMENT : ENVIRONMENT)[backend],
        );
        expect([entry, handler]).toEqual([entry, expect.stringMatching(/^function [0-2]$/)]);
        const driver = { proxy: 'pg', postgres: 'pg', neon: isMigration ? 'pg' : 'neon', 'data-api': 'data-api' }[
          backend
        ];
        expect([entry, clientsIn(codeOf(directory))]).toEqual([entry, [driver]]);
        const kB = (statSync(join(directory, 'index.mjs')).size / 1000).toFixed(0);
        lines.push(
          `${backend.padEnd(9)} ${entry.padEnd(20)} ${kB.padStart(5)} kB  ${importMs.toFixed(0).padStart(4)} ms`,
        );
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  );

  test('of the pager loads with its texts next to it, and contains no database client', async () => {
    const directory = bundlesOf('proxy')['send-pages'] ?? '';
    const arn = 'arn:aws:sns:eu-central-1:123456789012:x';
    const topics = ['CRITICAL_ALARMS_ARN', 'WARNING_ALARMS_ARN', 'CRITICAL_TOPIC_ARN', 'WARNING_TOPIC_ARN'];
    const environment = { ...Object.fromEntries(topics.map((name) => [name, arn])), UNDELIVERED_QUEUE_URL: 'q' };
    expect(await load(directory, environment)).toMatchObject({ handler: expect.stringMatching(/^function /) });
    expect(await load(directory, {})).toMatchObject({ handler: expect.stringMatching(/CRITICAL_TOPIC_ARN: /) });
    expect(clientsIn(codeOf(directory))).toEqual([]);
    expect(statSync(join(directory, 'index.mjs')).size).toBeLessThan(170_000);
    const { alarms } = JSON.parse(readFileSync(join(directory, 'pages.json'), 'utf8'));
    expect(alarms['tick-store-database-unreachable-critical']).toMatchObject({ title: 'Database unreachable' });
  });

  const IAM = 'rds-db';

  test('contain only the login method of their backend', () => {
    const proxy = codeOf(bundlesOf('proxy')['ingest'] ?? '');
    expect(proxy).toContain(IAM);
    expect(proxy).not.toContain('GetSecretValue');
    const neon = codeOf(bundlesOf('neon')['ingest'] ?? '');
    expect(neon).toContain('GetSecretValue');
    expect(neon).not.toContain(IAM);
  });

  /** The largest bundle of each backend: the AWS SDK's clients are what makes a difference. Bytes. */
  const BUDGET: Record<(typeof BACKENDS)[number], number> = {
    proxy: 250_000,
    postgres: 250_000,
    neon: 370_000,
    'data-api': 530_000,
  };
  /** Where `ingest` is above it. */
  const INGEST_BUDGET: Partial<typeof BUDGET> = { proxy: 271_000, postgres: 273_500 };

  test.each(BACKENDS)('are small on the backend %s, and contain no test and no path of this machine', (backend) => {
    for (const [entry, directory] of Object.entries(bundlesOf(backend))) {
      const budget = (entry === 'ingest' && INGEST_BUDGET[backend]) || BUDGET[backend];
      expect(statSync(join(directory, 'index.mjs')).size, entry).toBeLessThan(budget);
      expect(codeOf(directory), entry).not.toContain(import.meta.dirname.replace(/\/tests.*/, ''));
    }
  });

  test('the migration has its files next to it', () => {
    const directory = bundlesOf('proxy')['migrate'] ?? '';
    const sources = readdirSync(new URL('../../functions/database/migrations/', import.meta.url));
    expect(readdirSync(join(directory, 'migrations'))).toEqual(sources);
  });

  test('only `read` has the OpenAPI document of this release next to it, and no function can generate it', () => {
    const bundles = bundlesOf('proxy');
    const document = JSON.parse(readFileSync(join(bundles['read'] ?? '', 'openapi.json'), 'utf8'));
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))));
    for (const [entry, directory] of Object.entries(bundles)) {
      const code = codeOf(directory);
      expect(code, entry).not.toContain('3.1.1');
      // of a parameter, of a field and of an example
      for (const text of ['Write nothing if any record', 'Why the rule or its delivery failed', 'es-above-4300'])
        expect(code, entry).not.toContain(text);
    }
  });

  test('`read` has the configuration next to it, with masked addresses', () => {
    const text = readFileSync(join(bundlesOf('proxy')['read'] ?? '', 'config.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      configuration: { backend: 'proxy', alerts: { critical: { email: ['***REDACTED***'] } } },
      validation: { isValid: true, errors: [] },
    });
    expect(text).not.toContain('oncall@example.com');
  });

  test('for a debugger have a source map that leads to this project’s sources, and keep names', () => {
    vi.stubEnv(DEBUGGABLE_VARIABLE, 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    const directory = bundleOf('read', ['read'], { driver: 'pg', credentials: 'secret' });
    const code = codeOf(directory);
    const [, map = ''] = /^\/\/# sourceMappingURL=(.+)$/m.exec(code) ?? [];
    const { sources } = JSON.parse(readFileSync(join(directory, map), 'utf8')) as { sources: string[] };
    const files = sources.map((source) => fileURLToPath(source));
    expect(files).toContain(fileURLToPath(new URL('../../functions/read.ts', import.meta.url)));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(code).toContain('function connectAhead(');
  });
});
