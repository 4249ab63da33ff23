import { createHash } from 'node:crypto';

/** What `Ref` and `Fn::GetAtt` return for a resource. */
export interface Identity {
  readonly ref: () => string;
  readonly attributes: Readonly<Record<string, () => string>>;
}

/** The inputs of a resource's names. */
export interface ResourceNames {
  readonly account: string;
  readonly region: string;
  readonly stack: string;
  /** A property of the resource, resolved. */
  readonly text: (property: string) => string | undefined;
}

interface Naming extends ResourceNames {
  readonly logicalId: string;
  /** The name from a property, or one in the form that CloudFormation generates. */
  readonly named: (property: string) => string;
  readonly arn: (service: string, resource: string) => string;
  /** A physical id such as `vpc-0123456789abcdef0`, the same at each start. */
  readonly id: (prefix: string) => string;
}

type Describe = (naming: Naming) => { ref: () => string } & Partial<Record<string, () => string>>;

/** Return values as listed in the CloudFormation reference under "Return values". */
const IDENTITIES: Readonly<Record<string, Describe>> = {
  'AWS::ApiGatewayV2::Api': () => ({ ref: () => 'local', ApiId: () => 'local' }),
  'AWS::ApiGatewayV2::Integration': ({ logicalId }) => ({ ref: () => logicalId }),
  'AWS::ApiGatewayV2::Stage': ({ named }) => ({ ref: () => named('StageName') }),
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': alarm,
  'AWS::EC2::SecurityGroup': ({ id }) => ({ ref: () => id('sg'), GroupId: () => id('sg') }),
  'AWS::EC2::Subnet': ({ id }) => ({ ref: () => id('subnet') }),
  'AWS::EC2::VPC': ({ id }) => ({ ref: () => id('vpc') }),
  'AWS::Events::Rule': ({ named, arn }) => ({
    ref: () => named('Name'),
    Arn: () => arn('events', `rule/${named('Name')}`),
  }),
  'AWS::IAM::Role': ({ named, account }) => ({
    ref: () => named('RoleName'),
    Arn: () => `arn:aws:iam::${account}:role/${named('RoleName')}`,
  }),
  'AWS::KMS::Key': ({ id, arn }) => ({
    ref: () => id('key'),
    KeyId: () => id('key'),
    Arn: () => arn('kms', `key/${id('key')}`),
  }),
  'AWS::Lambda::Alias': ({ text, arn }) => ({ ref: () => `${functionArn(text, arn)}:${text('Name')}` }),
  'AWS::Lambda::Function': ({ named, arn }) => ({
    ref: () => named('FunctionName'),
    Arn: () => arn('lambda', `function:${named('FunctionName')}`),
  }),
  'AWS::Lambda::Version': ({ text, arn }) => ({ ref: () => `${functionArn(text, arn)}:1`, Version: () => '1' }),
  'AWS::Logs::LogGroup': ({ named, arn }) => ({
    ref: () => named('LogGroupName'),
    Arn: () => arn('logs', `log-group:${named('LogGroupName')}:*`),
  }),
  'AWS::RDS::DBCluster': ({ named, arn, id }) => ({
    ref: () => named('DBClusterIdentifier').toLowerCase(),
    DBClusterArn: () => arn('rds', `cluster:${named('DBClusterIdentifier').toLowerCase()}`),
    DBClusterResourceId: () => id('cluster'),
    'MasterUserSecret.SecretArn': () => arn('secretsmanager', `secret:rds!${id('cluster')}`),
  }),
  'AWS::RDS::DBInstance': ({ named }) => ({ ref: () => named('DBInstanceIdentifier').toLowerCase() }),
  'AWS::RDS::DBProxy': ({ named, arn, id }) => ({
    ref: () => named('DBProxyName'),
    DBProxyArn: () => arn('rds', `db-proxy:${id('prx')}`),
  }),
  'AWS::Scheduler::ScheduleGroup': ({ named, arn }) => ({
    ref: () => named('Name'),
    Arn: () => arn('scheduler', `schedule-group/${named('Name')}`),
  }),
  'AWS::SecretsManager::Secret': ({ named, arn, id }) => {
    const secret = () => arn('secretsmanager', `secret:${named('Name')}-${id('x').slice(-6)}`);
    return { ref: secret, Id: secret };
  },
  'AWS::SNS::Topic': ({ named, arn }) => {
    const topic = () => arn('sns', named('TopicName'));
    return { ref: topic, TopicArn: topic, TopicName: () => named('TopicName') };
  },
  'AWS::SQS::Queue': ({ named, arn, account, region }) => {
    const url = () => `https://sqs.${region}.amazonaws.com/${account}/${named('QueueName')}`;
    return {
      ref: url,
      QueueUrl: url,
      QueueName: () => named('QueueName'),
      Arn: () => arn('sqs', named('QueueName')),
    };
  },
};

function alarm({ named, arn }: Naming) {
  return { ref: () => named('AlarmName'), Arn: () => arn('cloudwatch', `alarm:${named('AlarmName')}`) };
}

/** `FunctionName` may be a name or an ARN. */
function functionArn(text: ResourceNames['text'], arn: Naming['arn']): string {
  const target = text('FunctionName') ?? '';
  return target.startsWith('arn:') ? target : arn('lambda', `function:${target}`);
}

/**
 * The name of a resource and its attributes. A type that is not in the table gets a generated name and no attributes.
 */
export function identityOf(type: string, logicalId: string, names: ResourceNames): Identity {
  const { account, region, stack, text } = names;
  const hash = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex');
  const generated = `${stack}-${logicalId}`;
  const describe = IDENTITIES[type];
  if (describe === undefined) return { ref: () => generated, attributes: {} };
  const { ref, ...attributes } = describe({
    ...names,
    logicalId,
    named: (property) => text(property) ?? generated,
    arn: (service, resource) => `arn:aws:${service}:${region}:${account}:${resource}`,
    id: (prefix) => `${prefix}-${hash.slice(0, 17)}`,
  });
  return { ref, attributes: attributes as Identity['attributes'] };
}
