import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { propertiesOf, ROUTES, stackOf } from './support/stacks.ts';

/** Directory of each function's staged bundle, by entry. */
function bundlesOf(route: (typeof ROUTES)[number]): Record<string, string> {
  const { template, directory } = stackOf(route);
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

const ENVIRONMENT: Record<string, Record<string, string>> = {
  proxy: {
    DATABASE_HOST: 'proxy.example.com',
    DATABASE_DRIVER: 'pg',
    DATABASE_CREDENTIALS: 'iam',
    AWS_REGION: 'eu-central-1',
  },
  neon: { DATABASE_SECRET_ARN: 'x', DATABASE_CREDENTIALS: 'secret' },
  'data-api': {
    DATABASE_DRIVER: 'data-api',
    DATABASE_CLUSTER_ARN: 'arn:aws:rds:eu-central-1:111122223333:cluster:x',
    DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x',
    AWS_REGION: 'eu-central-1',
  },
};

/** Loads a bundle as Lambda does, in a Node that knows nothing of this project. */
function load(directory: string, environment: Record<string, string>) {
  const script = `import(${JSON.stringify(join(directory, 'index.mjs'))}).then((m) => console.log(typeof m.handler, m.handler.length), (e) => { console.log(String(e.message)); })`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', AWS_LAMBDA_FUNCTION_NAME: 'tick-store-x', ...environment },
  });
  return stdout.trim() || stderr;
}

describe('the bundles', () => {
  test.each(Object.keys(bundlesOf('proxy')))('%s loads in a bare Node 24, and exports an async handler', (entry) => {
    const directory = bundlesOf('proxy')[entry] ?? '';
    expect(load(directory, ENVIRONMENT['proxy'] ?? {})).toMatch(/^function [0-2]$/);
  });

  test('hold the way to log in that the route has, and no other', () => {
    const proxy = codeOf(bundlesOf('proxy')['ingest'] ?? '');
    expect(proxy).toContain('getAuthToken');
    expect(proxy).not.toContain('GetSecretValue');
    const neon = codeOf(bundlesOf('neon')['ingest'] ?? '');
    expect(neon).toContain('GetSecretValue');
    expect(neon).not.toContain('getAuthToken');
  });

  test('hold no driver but the one in use', () => {
    // pg's word for logging in; the Data API's client's name for itself
    const drivers = (route: (typeof ROUTES)[number], entry: string) =>
      ['SASL', 'RDSData'].filter((word) => codeOf(bundlesOf(route)[entry] ?? '').includes(word));
    for (const entry of ['ingest', 'probe-health', 'migrate']) {
      expect([entry, drivers('proxy', entry)]).toEqual([entry, ['SASL']]);
      expect([entry, drivers('data-api', entry)]).toEqual([entry, ['RDSData']]);
    }
    expect(codeOf(bundlesOf('data-api')['ingest'] ?? '').includes('getAuthToken')).toBe(false);
  });

  test.each(Object.keys(bundlesOf('data-api')))('%s loads on the Data API route, too', (entry) => {
    expect(load(bundlesOf('data-api')[entry] ?? '', ENVIRONMENT['data-api'] ?? {})).toMatch(/^function [0-2]$/);
  });

  test.each(ROUTES)('are small on the route %s, and hold no test and no path of this machine', (route) => {
    for (const [entry, directory] of Object.entries(bundlesOf(route))) {
      expect(statSync(join(directory, 'index.mjs')).size, entry).toBeLessThan(2_500_000);
      expect(codeOf(directory), entry).not.toContain(import.meta.dirname.replace(/\/tests.*/, ''));
    }
  });

  test('the migration has its files beside it', () => {
    const directory = bundlesOf('proxy')['migrate'] ?? '';
    const sources = readdirSync(new URL('../../functions/database/migrations/', import.meta.url));
    expect(readdirSync(join(directory, 'migrations'))).toEqual(sources);
  });

  test('what reads has the configuration beside it, addresses masked', () => {
    const text = readFileSync(join(bundlesOf('proxy')['read'] ?? '', 'config.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ route: 'proxy', alerts: { critical: { email: ['***REDACTED***'] } } });
    expect(text).not.toContain('oncall@example.com');
  });
});
