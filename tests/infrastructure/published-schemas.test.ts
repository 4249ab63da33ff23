import { describe, expect, test } from 'vitest';
import { checkProperties } from '../../lib/template/check-properties.ts';
import type { CloudFormationTemplate } from '../../lib/template/template.ts';
import { BACKENDS, EVERYTHING, stackOf, synthesise } from './support/stacks.ts';

const checked = (template: object) =>
  checkProperties(template as CloudFormationTemplate).map(({ type, path, problem }) => `${type} ${path} ${problem}`);

test.each(BACKENDS)("every property of the template is in CloudFormation's published schemas: %s", (backend) => {
  expect(checked(stackOf(backend).template.toJSON())).toEqual([]);
});

test('so is every property that only settings add', () => {
  expect(checked(synthesise(EVERYTHING).template.toJSON())).toEqual([]);
});

describe('the check finds', () => {
  const group = (properties: object) =>
    checked({ Resources: { Group: { Type: 'AWS::RDS::DBProxyTargetGroup', Properties: properties } } });
  const NAMED = { DBProxyName: 'proxy', TargetGroupName: 'default' };

  test.each([
    ['nothing in what is valid', { ...NAMED, ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: 70 } }, []],
    ['nothing in a value that CloudFormation computes', { ...NAMED, DBProxyName: { Ref: 'Proxy' } }, []],
    ['a property without a schema', { ...NAMED, Tags: [] }, ['Tags is not in the schema']],
    [
      'one inside a property',
      { ...NAMED, ConnectionPoolConfigurationInfo: { MaxPercent: 70 } },
      ['ConnectionPoolConfigurationInfo.MaxPercent is not in the schema'],
    ],
    ['a missing one', { DBProxyName: 'proxy' }, ['TargetGroupName is required and missing']],
    ['a wrong type', { ...NAMED, DBClusterIdentifiers: [1] }, ['DBClusterIdentifiers.* is 1, not string']],
    ['a value that is not allowed', { ...NAMED, TargetGroupName: 'x' }, ['TargetGroupName is "x", not one of default']],
  ] as [string, object, string[]][])('%s', (_, properties, problems) => {
    expect(group(properties)).toEqual(problems.map((problem) => `AWS::RDS::DBProxyTargetGroup ${problem}`));
  });

  test('a resource type without a published schema', () => {
    expect(checked({ Resources: { Thing: { Type: 'AWS::RDS::Thing' } } })).toEqual([
      'AWS::RDS::Thing  has no published schema',
    ]);
  });
});
