// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation
import { describe, expect, test } from 'vitest';
import { resolveTemplate, type Template } from '../cloudformation/template.ts';

const options = {
  account: '000000000000',
  region: 'eu-central-1',
  stack: 'tick-store',
  values: { 'AWS::RDS::DBProxy': { Endpoint: 'localhost' }, 'Test::Referred': { Ref: 'given' } },
  isRun: (type: string) => type === 'Test::Wanted',
};

const OTHERS: Template['Resources'] = {
  Function: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: { 'Fn::Sub': '${AWS::StackName}-read' } } },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Function' }, Name: 'live' } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
  Nameless: { Type: 'AWS::SQS::Queue' },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'critical' } },
  Proxy: { Type: 'AWS::RDS::DBProxy', Properties: { DBProxyName: 'proxy' } },
  Referred: { Type: 'Test::Referred' },
};

function resolved(value: unknown, more: Partial<Template> = {}): unknown {
  const template = { ...more, Resources: { ...OTHERS, It: { Type: 'Test::Wanted', Properties: { value } } } };
  return resolveTemplate(template, options)[0]?.properties['value'];
}

const ARN = 'arn:aws:lambda:eu-central-1:000000000000:function:tick-store-read';

describe('an intrinsic of the template becomes', () => {
  test.each<[string, unknown, unknown]>([
    ['what is not one stays', { a: [1, 'x', { b: null }] }, { a: [1, 'x', { b: null }] }],
    ['the account', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['the region', { Ref: 'AWS::Region' }, 'eu-central-1'],
    ['the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['nothing for NoValue', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['nothing for NoValue in a list', [1, { Ref: 'AWS::NoValue' }], [1]],
    ['a function: its name', { Ref: 'Function' }, 'tick-store-read'],
    ['its ARN', { 'Fn::GetAtt': ['Function', 'Arn'] }, ARN],
    ['a version', { Ref: 'Version' }, `${ARN}:1`],
    ['an alias', { Ref: 'Alias' }, `${ARN}:live`],
    ['a queue: its URL', { Ref: 'Queue' }, 'https://sqs.eu-central-1.amazonaws.com/000000000000/dead'],
    ['a queue without a name', { 'Fn::GetAtt': ['Nameless', 'QueueName'] }, 'tick-store-Nameless'],
    ['a topic: its ARN', { Ref: 'Topic' }, 'arn:aws:sns:eu-central-1:000000000000:critical'],
    ['an attribute that this machine decides', { 'Fn::GetAtt': ['Proxy', 'Endpoint'] }, 'localhost'],
    ['the same, as one text', { 'Fn::GetAtt': 'Proxy.Endpoint' }, 'localhost'],
    ['a reference that this machine decides', { Ref: 'Referred' }, 'given'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] }, 'a-eu-central-1'],
    ['Split', { 'Fn::Split': [':', 'a:b'] }, ['a', 'b']],
    ['Select', { 'Fn::Select': [7, { 'Fn::Split': [':', { Ref: 'Alias' }] }] }, 'live'],
    ['Select of zones', { 'Fn::Select': ['1', { 'Fn::GetAZs': '' }] }, 'eu-central-1b'],
    ['Sub', { 'Fn::Sub': '${!Literal} ${AWS::Region} ${Function} ${Queue.Arn}' }, null],
    ['Sub with variables', { 'Fn::Sub': ['${a}/${b}', { a: 1, b: { Ref: 'AWS::Region' } }] }, '1/eu-central-1'],
  ])('%s', (_, value, expected) => {
    const sub = '${Literal} eu-central-1 tick-store-read arn:aws:sqs:eu-central-1:000000000000:dead';
    expect(resolved(value)).toEqual(expected ?? sub);
  });

  test("a parameter's default", () => {
    expect(resolved({ Ref: 'Bootstrap' }, { Parameters: { Bootstrap: { Default: '/cdk' } } })).toBe('/cdk');
  });
});

describe('refused, with the place in the template', () => {
  test.each<[string, unknown, RegExp]>([
    ['an intrinsic that is not known', { x: [{ 'Fn::ImportValue': 'a' }] }, /It\.value\.x\[0\] has Fn::ImportValue/],
    ['a name that is not there', { Ref: 'Nobody' }, /It\.value\.Ref refers to Nobody/],
    ['an attribute without a local value', { 'Fn::GetAtt': ['Proxy', 'VpcId'] }, /VpcId of AWS::RDS::DBProxy/],
    ['an index beyond the list', { 'Fn::Select': [2, ['a']] }, /selects 2 of 1/],
  ])('%s', (_, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });

  test('a condition, because nothing here evaluates it', () => {
    const template = { Resources: { It: { Type: 'Test::Wanted', Condition: 'Sometimes' } } };
    expect(() => resolveTemplate(template, options)).toThrow('It has a Condition');
  });
});

test('a type that is not run is not resolved, whatever it contains', () => {
  const template = { Resources: { Other: { Type: 'Test::Unwanted', Properties: { a: { 'Fn::Unheard': 1 } } } } };
  expect(resolveTemplate(template, options)).toEqual([]);
});
