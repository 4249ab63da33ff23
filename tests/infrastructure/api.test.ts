import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { gatewayRoutes } from '../../functions/contract/gateway-routes.ts';
import { CONFIGS, propertiesOf, type Resource, RUNBOOK, stackOf, synthesise } from './support/stacks.ts';

const { template } = stackOf('neon');

describe('the API', () => {
  test("has the contract's routes, a HEAD for each GET, and a default route, each with its function and IAM authorisation", () => {
    const integrations = propertiesOf(template, 'AWS::ApiGatewayV2::Integration');
    const functionOf = (target: Resource) => {
      const [, [, { Ref }]] = target['Fn::Join'];
      return JSON.stringify(integrations[Ref].IntegrationUri);
    };
    const made = Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Route'));
    const expected = gatewayRoutes.map((route) => [route.routeKey, route.function] as const);
    expect(made.map(({ RouteKey }) => RouteKey).sort()).toEqual(expected.map(([key]) => key).sort());
    for (const [key, name] of expected) {
      const route = made.find(({ RouteKey }) => RouteKey === key);
      expect(route?.AuthorizationType, key).toBe('AWS_IAM');
      expect(functionOf(route?.Target), key).toContain(`Traffic${name?.replaceAll('-', '')}`);
    }
  });

  test('calls the aliases with payload 2.0, and times out after the functions', () => {
    for (const integration of Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Integration')))
      expect(integration).toMatchObject({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 29_000,
      });
  });

  test('is throttled, and logs each caller and route', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400, DetailedMetricsEnabled: false },
      AccessLogSettings: { Format: Match.serializedJson(Match.objectLike({ caller: '$context.identity.userArn' })) },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/vendedlogs/tick-store-access',
      RetentionInDays: 90,
    });
  });

  test('logs neither a query string nor a body', () => {
    const [stage] = Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Stage'));
    expect(stage.AccessLogSettings.Format).not.toMatch(/querystring|body|\$context\.path\b/i);
  });

  test('has no CORS unless it is configured', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
    const { template: other } = synthesise({ ...CONFIGS.neon, api: { corsOrigins: ['https://trade.example.com'] } });
    other.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: Match.objectLike({
        AllowOrigins: ['https://trade.example.com'],
        AllowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH'],
        AllowHeaders: Match.arrayWith(['idempotency-key', 'if-match', 'if-none-match']),
        ExposeHeaders: Match.arrayWith(['etag']),
        AllowCredentials: Match.absent(),
      }),
    });
    // a browser signs no preflight, and $default would require a signature
    other.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'OPTIONS /{proxy+}',
      AuthorizationType: 'NONE',
    });
    const open = Object.values(propertiesOf(other, 'AWS::ApiGatewayV2::Route')).filter(
      ({ AuthorizationType }) => AuthorizationType === 'NONE',
    );
    expect(open).toHaveLength(1);
  });

  test('accepts tokens if the configuration says so', () => {
    const jwt = { issuer: 'https://login.example.com', audience: ['ticks'] };
    const { template: other } = synthesise({ ...CONFIGS.neon, api: { authorization: 'jwt', jwt } });
    other.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: jwt.issuer, Audience: jwt.audience },
    });
    other.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
  });

  test('is open only if two settings say so, and callers are then anonymous', () => {
    expect(() => synthesise({ ...CONFIGS.neon, api: { authorization: 'none' } })).toThrow(/openToAnyone/);
    const { template: other } = synthesise({ ...CONFIGS.neon, api: { authorization: 'none', openToAnyone: true } });
    other.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
    other.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'tick-store-ingest',
      Environment: { Variables: Match.objectLike({ ANONYMOUS_ACTOR: 'anonymous' }) },
    });
  });

  test('by default nobody is anonymous', () => {
    for (const { Environment } of Object.values(propertiesOf(template, 'AWS::Lambda::Function')))
      expect(Environment?.Variables.ANONYMOUS_ACTOR).toBeUndefined();
  });
});

describe('the schedules', () => {
  const schedule = (name: string) =>
    Object.values(propertiesOf(template, 'AWS::Scheduler::Schedule')).find(({ Name }) => Name === `tick-store-${name}`);

  test('probe each minute with two samples per run, never late', () => {
    expect(schedule('probe-health')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Input: '{"samples":2}', RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
  });

  test('maintain partitions at 02:00 UTC, and try again for hours', () => {
    expect(schedule('maintain-partitions')).toMatchObject({
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      Target: { RetryPolicy: { MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 21_600 } },
    });
  });

  test('continue large operations each minute, and do not retry a run that could not start', () => {
    expect(schedule('continue-operations')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Target: {
        Input: '{"task":"operations"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  test('send failed invocations to one queue, which is encrypted and accepts only TLS', () => {
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
    for (const { Target } of Object.values(propertiesOf(template, 'AWS::Scheduler::Schedule')))
      expect(Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    });
  });

  test('are deleted with the stack, and created after their group', () => {
    const [[group, { DeletionPolicy = 'Delete' } = {}] = []] = Object.entries(
      template.findResources('AWS::Scheduler::ScheduleGroup'),
    ) as [string, Resource][];
    expect(DeletionPolicy).toBe('Delete');
    for (const schedule of Object.values(template.findResources('AWS::Scheduler::Schedule')))
      expect(JSON.stringify([schedule['DependsOn'], schedule['Properties'].GroupName])).toContain(`"${group}"`);
  });

  test('take one sample per run if the configuration says one minute', () => {
    const { template: other } = synthesise({ ...CONFIGS.neon, probe: { intervalSeconds: 60 } });
    const [probe] = Object.values(propertiesOf(other, 'AWS::Scheduler::Schedule')).filter(({ Name }) =>
      Name.includes('probe'),
    );
    expect(probe.Target.Input).toBe('{"samples":1}');
    // an alarm that looks more often than there is a sample finds every other period empty
    for (const name of ['database-unreachable', 'pool-exhausted', 'pool-utilization'])
      other.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: `tick-store-${name}-critical`, Period: 60 });
  });
});

describe('the topics', () => {
  const recipients = {
    email: ['a@example.com'],
    https: ['https://events.example.com/x', 'secret:pagerduty'],
    sms: ['+41791234567'],
    slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }],
  };
  const warning = { slack: recipients.slack };
  const { template: other } = synthesise({
    ...CONFIGS.neon,
    alerts: { runbookUrl: RUNBOOK, critical: recipients, warning },
  });

  const PUBLISHERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];

  test('are encrypted with a key that CloudWatch may use, for this account alone', () => {
    for (const topic of Object.values(propertiesOf(template, 'AWS::SNS::Topic')))
      expect(topic.KmsMasterKeyId).toBeDefined();
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: Match.arrayWith(PUBLISHERS.toSorted()) },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      }),
    });
  });

  test('let CloudWatch publish, and nobody without TLS', () => {
    const policies = Object.values(propertiesOf(template, 'AWS::SNS::TopicPolicy'));
    expect(policies).toHaveLength(4);
    for (const { PolicyDocument } of policies) {
      const statements: Resource[] = PolicyDocument.Statement;
      const allowed = statements.filter(({ Effect }) => Effect === 'Allow').flatMap((one) => one.Principal.Service);
      expect(allowed).toContain('cloudwatch.amazonaws.com');
      for (const service of allowed) expect(PUBLISHERS).toContain(service);
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  test('notify the configured recipients, and a secret address stays a reference', () => {
    const subscriptions = Object.values(propertiesOf(other, 'AWS::SNS::Subscription'))
      .filter(({ Protocol }) => Protocol !== 'lambda')
      .map(({ Protocol, Endpoint }) => `${Protocol} ${Endpoint}`);
    expect(subscriptions.sort()).toEqual([
      'email a@example.com',
      'https https://events.example.com/x',
      'https {{resolve:secretsmanager:pagerduty:SecretString:::}}',
      'sms +41791234567',
    ]);
  });

  test('keep messages that an HTTPS endpoint refused in a queue with an alarm', () => {
    const https = Object.values(propertiesOf(other, 'AWS::SNS::Subscription')).filter(
      ({ Protocol }) => Protocol === 'https',
    );
    expect(https.length).toBeGreaterThan(0);
    const queues = Object.entries(propertiesOf(other, 'AWS::SQS::Queue'));
    const [queue] = queues.find(([, { QueueName }]) => QueueName === 'tick-store-undelivered-pages') ?? [];
    for (const { RedrivePolicy } of https)
      expect(RedrivePolicy).toEqual({ deadLetterTargetArn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    other.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'sns.amazonaws.com' } }),
        ]),
      },
    });
  });

  test('notify one Slack channel of both severities with one configuration', () => {
    other.resourceCountIs('AWS::Chatbot::SlackChannelConfiguration', 1);
    const [slack] = Object.values(propertiesOf(other, 'AWS::Chatbot::SlackChannelConfiguration'));
    expect(slack.SnsTopicArns).toHaveLength(2);
    expect(slack).toMatchObject({ SlackWorkspaceId: 'T0123ABCD', SlackChannelId: 'C0123ABCD' });
  });
});
