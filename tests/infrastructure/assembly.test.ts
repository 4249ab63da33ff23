import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import config from '../../infra.config.ts';
import { type InfraConfig, readConfig } from '../../lib/config/schema.ts';
import { checkWithNag } from '../../lib/constructs/shared/nag.ts';
import { runbookOf } from '../../lib/runbook/runbook.ts';
import { TickStore } from '../../lib/stack.ts';
import { pipelineRoles } from './support/pipeline-roles.ts';
import { BACKENDS, CONFIGS, createApp, EVERYTHING, stackOf, synthesiseAnew } from './support/stacks.ts';

/** Every file below a directory, with a hash of its content. */
function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return Object.fromEntries(
    files
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(directory, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

/** What a deployment is made of: the template, and the assets by their hash. */
const deployed = (contents: Record<string, string>) =>
  Object.fromEntries(Object.entries(contents).filter(([name]) => /^asset\.|template\.json$|assets\.json$/.test(name)));

test('a second synth is the same, assets included, so that a diff is empty', () => {
  const [first, second] = [synthesiseAnew(CONFIGS.proxy), synthesiseAnew(CONFIGS.proxy)];
  expect(second).not.toBe(first);
  const files = deployed(contentsOf(first));
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(deployed(contentsOf(second))).toEqual(files);
});

test('another process without caches and with private files by default makes the same assembly, which Lambda can read', () => {
  const { app, directory } = createApp();
  const script = `
    process.umask(0o077);
    const { synthesiseAnew, CONFIGS } = await import(${JSON.stringify(new URL('./support/stacks.ts', import.meta.url).href)});
    const { cpSync } = await import('node:fs');
    cpSync(synthesiseAnew(CONFIGS.proxy), ${JSON.stringify(directory)}, { recursive: true });`;
  const { TICK_STORE_BUNDLES: _, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env,
  });
  expect(status, stderr).toBe(0);
  expect(app.outdir).toBe(directory);
  expect(deployed(contentsOf(directory))).toEqual(deployed(contentsOf(stackOf('proxy').directory)));
  // the zip keeps them, the hash of an asset does not know them: a bundle that went up unreadable would stay so
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!/^asset\.[0-9a-f]+\/./.test(name)) continue;
    const file = statSync(join(directory, name));
    if (file.isFile()) expect(file.mode & 0o444, name).toBe(0o444);
  }
});

test('the template contains no account and no region, so that synth needs neither', () => {
  const { template, artifact } = stackOf('proxy');
  expect(artifact.environment).toBe('aws://unknown-account/unknown-region');
  expect(JSON.stringify(template.toJSON())).not.toMatch(/\b\d{12}\b|us-east-1|eu-central-1/);
});

test('the template stays under the limits of CloudFormation: 500 resources, 1 MB', () => {
  for (const backend of BACKENDS) {
    const json = stackOf(backend).template.toJSON();
    expect(Object.keys(json['Resources']).length).toBeLessThan(450);
    expect(JSON.stringify(json).length).toBeLessThan(900_000);
  }
});

describe("cdk-nag's AwsSolutions", () => {
  const UNUSUAL = {
    ...CONFIGS.proxy,
    api: { authorization: 'none', openToAnyone: true },
    database: { kind: 'aurora', deletionProtection: false },
  } as const;

  test('fails the synth for a finding without a stated reason', () => {
    const { app } = createApp();
    checkWithNag(app);
    new Queue(new Stack(app, 'bare'), 'Queue');
    expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
  });

  test.each([
    ...Object.entries(CONFIGS),
    ['an open API, and no deletion protection', UNUSUAL],
    ['everything that can be set', EVERYTHING],
  ] as [string, InfraConfig][])('finds nothing on %s', (_, chosen) => {
    const { app, directory } = createApp();
    checkWithNag(app);
    const settings = readConfig(chosen);
    new TickStore(app, settings.service.name, { settings, release: '1.2.3' });
    app.synth();
    const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
    const findings = JSON.stringify(report).match(/AwsSolutions-[A-Z0-9]+/g) ?? [];
    expect(findings).toEqual([]);
  });

  // here, because CDK's own validation takes 2 s of a processor to load, in each process
  test.each([
    [{}, 3],
    [{ stages: 'prod', 'oidc-provider': 'existing' }, 2],
  ])("finds nothing on the pipeline's roles, with %j", (context, roles) => {
    const template = pipelineRoles({ repository: 'acme/ticks', ...context }, { props: {} });
    template.resourceCountIs('AWS::IAM::Role', roles);
  });
});

test('docs/runbook.md is current: `npm run runbook` writes it anew', () => {
  const written = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  expect(written).toBe(runbookOf(readConfig(config)));
});
