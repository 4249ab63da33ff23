import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../config/schema.ts';
import { acknowledge } from './shared/nag.ts';
import type { Names } from './shared/names.ts';
import type { ScheduledEntry } from './traffic.ts';

/** Two queues that an alarm watches: for failed scheduled runs, and for pages that a person has to read. */
export class DeadLetters extends Construct {
  readonly queue: sqs.Queue;
  readonly undelivered: sqs.Queue;

  constructor(scope: Construct, id: string, { names }: { readonly names: Names }) {
    super(scope, id);
    this.queue = this.make('Queue', names.of('dead-letters'));
    this.undelivered = this.make('Undelivered', names.of('undelivered-pages'));
  }

  private make(id: string, queueName: string): sqs.Queue {
    const queue = new sqs.Queue(this, id, {
      queueName,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(queue, 'AwsSolutions-SQS3', 'It is a dead-letter queue, and an alarm watches it.');
    return queue;
  }
}

export interface SchedulesProps {
  readonly names: Names;
  readonly probe: Settings['probe'];
  readonly maintenance: Settings['maintenance'];
  readonly targets: Readonly<Record<ScheduledEntry, lambda.Alias>>;
  readonly deadLetters: sqs.IQueue;
}

const SECONDS_PER_MINUTE = 60;

/**
 * Everything that runs on a schedule: the probe, large operations and roll-ups every minute, maintenance every night.
 */
export class Schedules extends Construct {
  readonly probe: scheduler.Schedule;
  readonly group: scheduler.ScheduleGroup;

  constructor(scope: Construct, id: string, { names, probe, maintenance, targets, deadLetters }: SchedulesProps) {
    super(scope, id);
    this.group = new scheduler.ScheduleGroup(this, 'Group', { scheduleGroupName: names.service });
    const scheduleGroup = this.group;
    // CDK would retain it, and the next deployment with this name would fail because it exists
    scheduleGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.probe = new scheduler.Schedule(this, 'Probe', {
      scheduleGroup,
      scheduleName: names.of('probe-health'),
      description: `Samples the health every ${probe.intervalSeconds} s`,
      // Scheduler's shortest interval. A run takes as many samples as fit into the minute
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      enabled: probe.enabled,
      target: new LambdaInvoke(targets['probe-health'] as lambda.IFunction, {
        input: scheduler.ScheduleTargetInput.fromObject({ samples: SECONDS_PER_MINUTE / probe.intervalSeconds }),
        deadLetterQueue: deadLetters,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
    const maintaining = new scheduler.Schedule(this, 'Maintenance', {
      scheduleGroup,
      scheduleName: names.of('maintain-partitions'),
      description: 'Creates future partitions, archives old ones',
      schedule: scheduler.ScheduleExpression.cron({ minute: '0', hour: String(maintenance.hourUtc) }),
      target: new LambdaInvoke(targets['maintain-partitions'] as lambda.IFunction, {
        deadLetterQueue: deadLetters,
        retryAttempts: 5,
        maxEventAge: Duration.hours(6),
      }),
    });
    const operating = new scheduler.Schedule(this, 'Operations', {
      scheduleGroup,
      scheduleName: names.of('continue-operations'),
      description: 'Continues operations that are too large for one transaction, and refreshes roll-ups',
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(targets['maintain-partitions'] as lambda.IFunction, {
        input: scheduler.ScheduleTargetInput.fromObject({ task: 'operations' }),
        deadLetterQueue: deadLetters,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
    // they refer to the group only by its name, so CloudFormation would not create it first
    for (const schedule of [this.probe, maintaining, operating]) schedule.node.addDependency(scheduleGroup);
  }
}
