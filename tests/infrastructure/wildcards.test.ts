import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { pipelineRoles } from './support/pipeline-roles.ts';
import { BACKENDS, EVERYTHING, type Resource, stackOf, synthesise } from './support/stacks.ts';

/** Where a policy says `*`, and why it may: every statement of every template, of whatever resource. */

/** Actions that AWS ties to no resource, or to one that has no name yet (Service Authorization Reference, November 2026). */
const WITHOUT_RESOURCE = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'cloudwatch:GetMetricData',
  'cloudwatch:DescribeAlarms',
  // Lambda's own work, which the code of a function is denied
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

interface Found {
  readonly where: string;
  readonly statement: Resource;
}

/** Every statement of every policy document, however deep it is. */
function statementsOf(value: unknown, where: string): Found[] {
  if (Array.isArray(value)) return value.flatMap((one) => statementsOf(one, where));
  if (typeof value !== 'object' || value === null) return [];
  const { Statement } = value as { Statement?: Resource[] };
  if (Array.isArray(Statement)) return Statement.map((statement) => ({ where, statement }));
  return Object.entries(value).flatMap(([name, one]) => statementsOf(one, where === '' ? name : where));
}

const listOf = (value: Resource): Resource[] => (value === undefined ? [] : [value].flat());
const isAny = (value: Resource) => value === '*' || value?.AWS === '*' || value?.Service === '*';

const TEMPLATES: Readonly<Record<string, () => Template>> = {
  ...Object.fromEntries(BACKENDS.map((backend) => [backend, () => stackOf(backend).template])),
  everything: () => synthesise(EVERYTHING).template,
  pipeline: () => pipelineRoles({ repository: 'acme/ticks' }),
};

describe.each(Object.keys(TEMPLATES))('in the template %s', (name) => {
  const resources = (TEMPLATES[name] as () => Template)().toJSON().Resources as Record<string, Resource>;
  const found = statementsOf(resources, '');
  const allowing = found.filter(({ statement }) => statement.Effect === 'Allow');
  const typeOf = ({ where }: Found): string => resources[where].Type;

  test('statements are found', () => {
    expect(allowing.length).toBeGreaterThan(3);
  });

  test('an action is a wildcard only on keys: of the account itself, or of a service under a condition', () => {
    const isWild = (action: Resource) => String(action).includes('*');
    for (const one of allowing.filter(({ statement }) => listOf(statement.Action).some(isWild))) {
      const { Action, Principal, Condition } = one.statement;
      expect([one.where, typeOf(one)]).toEqual([one.where, 'AWS::KMS::Key']);
      if (Action === 'kms:*') expect(JSON.stringify(Principal)).toMatch(/:iam::.*:root/);
      else {
        const wild = listOf(Action).filter(isWild);
        // families of one action each, as AWS documents them for its services
        expect(['kms:GenerateDataKey*', 'kms:ReEncrypt*']).toEqual(expect.arrayContaining(wild));
        expect([one.where, Object.keys(Principal), Condition]).toEqual([one.where, ['Service'], expect.any(Object)]);
      }
    }
    for (const { where, statement } of allowing)
      expect([where, statement.NotAction ?? statement.NotResource ?? statement.NotPrincipal]).toEqual([
        where,
        undefined,
      ]);
  });

  test('an identity may use every resource only for actions that AWS binds to none', () => {
    for (const one of allowing.filter((each) => typeOf(each).startsWith('AWS::IAM::'))) {
      if (!listOf(one.statement.Resource).some(isAny)) continue;
      for (const action of listOf(one.statement.Action))
        expect([one.where, action, WITHOUT_RESOURCE.includes(action)]).toEqual([one.where, action, true]);
    }
  });

  test('everybody is named only at an endpoint of the network, which grants nothing', () => {
    for (const one of allowing.filter(({ statement }) => listOf(statement.Principal).some(isAny))) {
      expect([one.where, typeOf(one)]).toEqual([one.where, 'AWS::EC2::VPCEndpoint']);
      expect([one.where, listOf(one.statement.Resource).some(isAny)]).toEqual([one.where, false]);
    }
  });

  test('a service of AWS reaches a topic, queue or key on behalf of this account only', () => {
    const ofServices = allowing.filter(
      (one) => !typeOf(one).startsWith('AWS::IAM::') && one.statement.Principal?.Service !== undefined,
    );
    for (const { where, statement } of ofServices)
      expect([where, statement.Action, statement.Condition]).toEqual([where, statement.Action, expect.any(Object)]);
  });

  test('the policies of AWS that are attached are those of CodeDeploy and of CDK’s own trigger', () => {
    const attached = Object.entries(resources).flatMap(([id, { Properties }]) =>
      listOf(Properties?.ManagedPolicyArns).map((arn) => `${id} ${JSON.stringify(arn)}`),
    );
    for (const one of attached)
      expect(one).toMatch(
        /^DeploymentsRole.*AWSCodeDeployRoleForLambdaLimited|^AWSCDKTriggerCustomResource.*AWSLambdaBasicExecutionRole/,
      );
  });
});
