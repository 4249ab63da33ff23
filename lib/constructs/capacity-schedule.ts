import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { TimeZone } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { CapacityChange } from '../config/capacity-schedule.ts';
import type { Names } from './shared/names.ts';

export interface CapacityScheduleProps {
  readonly names: Names;
  readonly group: scheduler.IScheduleGroup;
  readonly changes: readonly CapacityChange[];
  /** ACU. */
  readonly maxAcu: number;
  readonly cluster: rds.DatabaseCluster;
  readonly deadLetters: sqs.IQueue;
}

/**
 * Changes the cluster's minimum capacity on a schedule: EventBridge Scheduler calls RDS itself, without a function. The
 * template keeps `database.minAcu`, so a deployment changes nothing unless that setting changes.
 */
export class CapacitySchedule extends Construct {
  constructor(scope: Construct, id: string, props: CapacityScheduleProps) {
    super(scope, id);
    const { names, group, changes, maxAcu, cluster, deadLetters } = props;
    for (const [index, { at, days, timeZone, minAcu }] of changes.entries()) {
      const [hour = '', minute = ''] = at.split(':');
      const schedule = new scheduler.Schedule(this, `Change${index + 1}`, {
        scheduleGroup: group,
        scheduleName: names.of('capacity', String(index + 1)),
        description: `Minimum capacity of the cluster: ${minAcu} ACU`,
        schedule: scheduler.ScheduleExpression.cron({
          ...{ minute: String(Number(minute)), hour: String(Number(hour)), weekDay: days.join(',').toUpperCase() },
          timeZone: TimeZone.of(timeZone),
        }),
        target: new Universal({
          service: 'rds',
          action: 'modifyDBCluster',
          input: scheduler.ScheduleTargetInput.fromObject({
            DbClusterIdentifier: cluster.clusterIdentifier,
            ServerlessV2ScalingConfiguration: { MinCapacity: minAcu, MaxCapacity: maxAcu },
            ApplyImmediately: true,
          }),
          policyStatements: [
            new iam.PolicyStatement({ actions: ['rds:ModifyDBCluster'], resources: [cluster.clusterArn] }),
          ],
          deadLetterQueue: deadLetters,
          retryAttempts: 5,
          maxEventAge: Duration.hours(1),
        }),
      });
      schedule.node.addDependency(group);
    }
  }
}
