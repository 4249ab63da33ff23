import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { stages } from '../../infra.config.ts';
import { readPipelineContext } from '../../lib/pipeline/read-pipeline-context.ts';
import { checkProperties } from '../../lib/template/check-properties.ts';
import type { CloudFormationTemplate } from '../../lib/template/template.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { pipelineRoles } from './support/pipeline-roles.ts';
import { propertiesOf, type Resource } from './support/stacks.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const WORKFLOWS = join(PROJECT, '.github/workflows');

describe("the pipeline's roles", () => {
  const template = pipelineRoles({ repository: 'acme/ticks' });
  const roles = Object.values(propertiesOf(template, 'AWS::IAM::Role'));
  const subjectOf = ({ AssumeRolePolicyDocument }: Resource) =>
    AssumeRolePolicyDocument.Statement[0].Condition.StringEquals;

  test('can be assumed by one environment of the repository each, and by its pull requests', () => {
    expect(
      Object.fromEntries(
        roles.map((role) => [role.RoleName, subjectOf(role)['token.actions.githubusercontent.com:sub']]),
      ),
    ).toEqual({
      'tick-store-pipeline-deploy-test': 'repo:acme/ticks:environment:test',
      'tick-store-pipeline-deploy-prod': 'repo:acme/ticks:environment:prod',
      'tick-store-pipeline-diff': 'repo:acme/ticks:pull_request',
    });
    for (const role of roles)
      expect(subjectOf(role)['token.actions.githubusercontent.com:aud']).toBe('sts.amazonaws.com');
  });

  test('may only assume the roles of CDK’s bootstrap, and pull requests only the one for lookups', () => {
    for (const { PolicyDocument, Roles } of Object.values(propertiesOf(template, 'AWS::IAM::Policy'))) {
      expect(PolicyDocument.Statement).toHaveLength(1);
      expect(PolicyDocument.Statement[0].Action).toBe('sts:AssumeRole');
      // of this account alone, in any region
      const roleNames = /:role\/cdk-hnb659fds-([a-z-]+)-",\{"Ref":"AWS::AccountId"\},"-\*"/g;
      const becomes = [...JSON.stringify(PolicyDocument).matchAll(roleNames)].map(([, name]) => name);
      const expected = Roles[0].Ref.startsWith('Diff')
        ? ['lookup-role']
        : ['deploy-role', 'file-publishing-role', 'lookup-role'];
      expect(becomes).toEqual(expected);
    }
  });

  test('may assume only the roles of their own stage’s bootstrap if it has one, and pull requests the lookup roles of both', () => {
    const known = { test: {}, prod: { service: { bootstrapQualifier: 'ticksprod' } } };
    const policies = Object.values(
      propertiesOf(pipelineRoles({ repository: 'acme/ticks' }, { known }), 'AWS::IAM::Policy'),
    );
    const becomes = Object.fromEntries(
      policies.map(({ PolicyDocument, Roles }) => [
        /^(Deploytest|Deployprod|Diff)/.exec(Roles[0].Ref)?.[0],
        [...JSON.stringify(PolicyDocument).matchAll(/:role\/cdk-([a-z0-9]+)-/g)].map(([, qualifier]) => qualifier),
      ]),
    );
    expect(becomes).toEqual({
      Deploytest: ['hnb659fds', 'hnb659fds', 'hnb659fds'],
      Deployprod: ['ticksprod', 'ticksprod', 'ticksprod'],
      Diff: ['hnb659fds', 'ticksprod'],
    });
  });

  test('are all in CloudFormation’s published schemas', () => {
    expect(checkProperties(template.toJSON() as CloudFormationTemplate)).toEqual([]);
  });

  test('use the identity provider that the account has', () => {
    const other = pipelineRoles({ repository: 'acme/ticks', stages: 'prod', 'oidc-provider': 'existing' });
    other.resourceCountIs('AWS::IAM::OIDCProvider', 0);
    other.resourceCountIs('AWS::IAM::Role', 2);
  });

  test.each([
    [{}, 'Specify whose workflows may deploy: -c repository=owner/name'],
    [{ repository: 'ticks' }, 'Specify whose workflows may deploy'],
    [{ repository: 'acme/ticks', stages: 'prdo' }, 'There is no stage prdo in infra.config.ts; the nearest is prod.'],
  ])('%j is refused', (context, message) => {
    expect(() => readPipelineContext(new App({ context }), stages)).toThrow(message);
  });
});

describe('the workflows', () => {
  const texts = new Map(readdirSync(WORKFLOWS).map((name) => [name, readFileSync(join(WORKFLOWS, name), 'utf8')]));
  const every = [...texts.values()].join('\n');

  test('deploy the stages of infra.config.ts', () => {
    const named = [...every.matchAll(/^\s+stage: (\w+)$/gm)].map(([, name]) => name);
    expect(named).toEqual(['test', 'prod']);
    for (const [, list = ''] of every.matchAll(/options: \[([^\]]+)\]/g))
      expect(list.split(', ')).toEqual(Object.keys(stages));
  });

  test('run scripts and files that exist', () => {
    const scripts = [...every.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    for (const name of scripts) expect(Object.keys(packageJson.scripts)).toContain(name);
    for (const [, file = ''] of every.matchAll(/(?:run: |uses: )(\.(?:ci|\/\.github)\/[\w./-]+)/g))
      expect(existsSync(join(PROJECT, file)), file).toBe(true);
  });

  test('pin actions to a version, and request a token only where AWS needs it', () => {
    for (const [, action = ''] of every.matchAll(/uses: (?!\.\/)(\S+)/g))
      expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    expect(texts.get('ci.yml')).not.toContain('id-token');
    for (const name of ['diff.yml', 'deploy.yml', 'deploy-stage.yml'])
      expect(texts.get(name)).toContain('id-token: write');
    expect(every).not.toMatch(/secrets\.|AWS_SECRET|AWS_ACCESS_KEY/);
  });

  test('pass no text of an event to a shell', () => {
    for (const [, command = ''] of every.matchAll(/^\s*- run: (.*)$/gm)) expect(command).not.toContain('${{');
  });

  test('make a diff with a script that a shell can parse', () => {
    expect(spawnSync('bash', ['-n', join(PROJECT, '.ci/diff')]).status).toBe(0);
  });
});
