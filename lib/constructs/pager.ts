import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { pagerVariables } from '../../functions/paging/environment.ts';
import type { PageFacts } from '../../functions/paging/page-facts.ts';
import { PAGER_CONCURRENCY } from '../config/capacity.ts';
import type { Settings } from '../config/schema.ts';
import { SEVERITIES, type Severity } from './alarms/definition.ts';
import type { AlertTopics } from './alert-topics.ts';
import { bundleOf } from './functions/bundle.ts';
import { ServiceFunction } from './functions/service-function.ts';
import { PAGER_TIMEOUT } from './refused-pages.ts';
import { acknowledge } from './shared/nag.ts';
import type { Names } from './shared/names.ts';
import { LIVE } from './traffic.ts';

export interface PagerProps {
  readonly names: Names;
  readonly settings: Settings['alerts'];
  readonly topics: AlertTopics;
  readonly undelivered: sqs.IQueue;
  /** The queue that redelivers pages which PagerDuty has refused. */
  readonly refused: sqs.IQueue | undefined;
  /** The dead-letter queue for daily runs that could not be started. */
  readonly deadLetters: sqs.IQueue;
  readonly scheduleGroup: scheduler.IScheduleGroup;
  readonly facts: PageFacts;
  readonly logRetention: logs.RetentionDays;
}

/** Part of the function's name. */
export const PAGER = 'send-pages';

/** A page is useful for an hour; SNS and Lambda retry for that long. */
const MOST_AGE = Duration.hours(1);

/**
 * The function between alarms and people. It is outside the network, uses no database, and does not wait for the
 * migration: a failed deployment must not leave anyone without pages.
 *
 * If it fails, a message gets two more attempts. Then it goes to the critical topic unchanged, and the alarm
 * `undelivered-pages`, which itself publishes directly to the topic of people, reports it.
 */
export class Pager extends Construct {
  /** What invokes it: the alias in service. */
  readonly target: lambda.IFunction;

  constructor(scope: Construct, id: string, props: PagerProps) {
    super(scope, id);
    const { names, settings, topics, undelivered, refused } = props;
    const { function: code } = new ServiceFunction(this, 'Function', {
      ...{ names, logRetention: props.logRetention },
      entry: PAGER,
      description: 'Turns messages of alarms into pages for people',
      bundle: bundleOf(PAGER, [PAGER], undefined, { files: { 'pages.json': JSON.stringify(props.facts, null, 2) } }),
      memoryMb: 256,
      timeout: PAGER_TIMEOUT,
      reservedConcurrency: PAGER_CONCURRENCY,
      connection: { environment: {}, permissions: [] },
      environment: {
        SERVICE_NAME: names.service,
        CRITICAL_ALARMS_ARN: topics.alarms.critical.topicArn,
        WARNING_ALARMS_ARN: topics.alarms.warning.topicArn,
        CRITICAL_TOPIC_ARN: topics.topics.critical.topicArn,
        WARNING_TOPIC_ARN: topics.topics.warning.topicArn,
        UNDELIVERED_QUEUE_URL: undelivered.queueUrl,
        ...(refused === undefined ? {} : { REFUSED_QUEUE_URL: refused.queueUrl }),
        CRITICAL_PAGERDUTY_SECRETS: secretsOf(settings, 'critical').join(','),
        WARNING_PAGERDUTY_SECRETS: secretsOf(settings, 'warning').join(','),
      },
      environmentSchema: pagerVariables,
      environmentNames: Object.keys(pagerVariables.shape),
      permissions: [
        new iam.PolicyStatement({
          actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          actions: ['sns:Publish'],
          resources: SEVERITIES.map((severity) => topics.topics[severity].topicArn),
        }),
        new iam.PolicyStatement({
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [topics.key.keyArn],
        }),
        new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
        ...(refused === undefined
          ? []
          : [new iam.PolicyStatement({ actions: OF_A_POLLED_QUEUE, resources: [refused.queueArn] })]),
        ...this.secrets(SEVERITIES.flatMap((severity) => secretsOf(settings, severity))),
      ],
    });
    const target = new lambda.Alias(this, 'Live', {
      aliasName: LIVE,
      version: code.currentVersion as lambda.IVersion,
      retryAttempts: 2,
      maxEventAge: MOST_AGE,
      // its permission is above: CDK's own destination would allow more uses of the key
      onFailure: { bind: () => ({ destination: topics.topics.critical.topicArn }) },
    });
    this.target = target as lambda.IFunction;
    for (const severity of SEVERITIES) {
      const subscription = topics.alarms[severity].addSubscription(
        new subscriptions.LambdaSubscription(target as lambda.IFunction, { deadLetterQueue: undelivered }),
      );
      acknowledge(
        subscription,
        'CloudFormation-Validate::W3694',
        'SNS takes the ARN of an alias as that of a function.',
      );
    }
    this.repeatDaily(target, props);
    if (refused !== undefined) redeliver(target, refused);
  }

  /** Repeats a critical alarm daily while it lasts, because CloudWatch reports it only once. */
  private repeatDaily(target: lambda.Alias, { names, settings, deadLetters, scheduleGroup }: PagerProps): void {
    const schedule = new scheduler.Schedule(this, 'Repeat', {
      scheduleGroup,
      scheduleName: names.of('repeat-pages'),
      description: 'Repeats pages of alarms that have been critical for an hour or longer',
      schedule: scheduler.ScheduleExpression.cron({ minute: '0', hour: String(settings.repeatHourUtc) }),
      target: new LambdaInvoke(target as lambda.IFunction, {
        input: scheduler.ScheduleTargetInput.fromObject({ repeat: 'standing' }),
        deadLetterQueue: deadLetters,
        retryAttempts: 5,
        maxEventAge: MOST_AGE,
      }),
    });
    schedule.node.addDependency(scheduleGroup);
  }

  /** Read at run time, so that neither the template nor the environment contains a key. */
  private secrets(names: readonly string[]): iam.PolicyStatement[] {
    if (names.length === 0) return [];
    const resources = [...new Set(names)].map((name) =>
      // Secrets Manager appends six characters to an ARN
      Stack.of(this).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${name}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    return [new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })];
  }
}

/** The permissions of a function on a queue that Lambda polls for it, and that it sends to. */
const OF_A_POLLED_QUEUE = ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/**
 * One page per invocation, two at once: while PagerDuty does not respond, each takes long, and new pages need
 * executions, too.
 */
function redeliver(target: lambda.Alias, refused: sqs.IQueue): void {
  target.addEventSourceMapping('Redelivery', {
    eventSourceArn: refused.queueArn,
    batchSize: 1,
    maxConcurrency: 2,
    // a page that is refused again must not count as a crash of the function
    reportBatchItemFailures: true,
  });
}

const secretsOf = (settings: Settings['alerts'], severity: Severity): string[] =>
  settings[severity].pagerDuty.map((secret) => secret.slice('secret:'.length));
