import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import config, { stages } from '../../infra.config.ts';
import { configOfStage, readStage } from '../../lib/config/stages.ts';
import { TickStore } from '../../lib/stack.ts';
import { createApp, type Resource, WITHOUT_VALIDATION } from './support/stacks.ts';

const { app } = createApp(WITHOUT_VALIDATION);
const templates = ['test', 'prod']
  .map((stage) => {
    const settings = readStage(configOfStage(config, stages, stage), stage);
    return new TickStore(app, settings.service.name, { settings, stage, release: '1.2.3' });
  })
  .map((stack) => () => Template.fromStack(stack).toJSON() as Resource);

// both stacks are in the app before either is synthesised
const [first, second] = templates.map((synthesise) => synthesise());

/** The names that AWS knows resources by: two stages in one account must not share any. */
const namesIn = ({ Resources }: Resource): string[] =>
  Object.values<Resource>(Resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      .filter(([key, value]) => /^(?:\w*Name|Name|\w*Identifier)$/.test(key) && typeof value === 'string')
      // names of other things than the resource itself
      .filter(([key, value]) => !SHARED.has(`${Type} ${key}`) && value !== 'default')
      .map(([, value]) => `${Type} ${String(value)}`),
  );
const SHARED = new Set([
  'AWS::ApiGatewayV2::Stage StageName',
  'AWS::CodeDeploy::DeploymentGroup DeploymentConfigName',
  // inline policies have names of their role's own
  'AWS::IAM::Policy PolicyName',
  'AWS::SNS::Topic DisplayName',
  'AWS::CloudWatch::Alarm MetricName',
  'AWS::Lambda::Alias Name',
  'AWS::RDS::DBCluster DatabaseName',
  'AWS::RDS::DBInstance CACertificateIdentifier',
  'AWS::RDS::DBCluster MasterUsername',
]);

test('two stages in one app have no name in common', () => {
  const [names, others] = [namesIn(first), namesIn(second)];
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => others.includes(name))).toEqual([]);
});

test('a stage changes only what it names, and is a tag', () => {
  const clusterOf = ({ Resources }: Resource) =>
    Object.values<Resource>(Resources).find(({ Type }) => Type === 'AWS::RDS::DBCluster')?.Properties;
  expect([clusterOf(first).DeletionProtection, clusterOf(second).DeletionProtection]).toEqual([false, true]);
  expect(clusterOf(second).Tags).toEqual(expect.arrayContaining([{ Key: 'stage', Value: 'prod' }]));
});
