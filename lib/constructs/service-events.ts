import { Stack } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Names } from './shared/names.ts';

export interface ServiceEventsProps {
  readonly names: Names;
  /** The pager, which has a text for each source (`functions/paging/service-events.ts`). */
  readonly pager: lambda.IFunction;
  readonly undelivered: sqs.IQueue;
  readonly cluster?: rds.DatabaseCluster | undefined;
}

/**
 * Categories of RDS events that a person should know about. Backups, scaling and configuration changes are not among
 * them.
 */
const RDS_CATEGORIES = [
  'failover',
  'failure',
  'low storage',
  'maintenance',
  'recovery',
  'restoration',
  'security patching',
];

/** States in which a deployment of the stack has failed, or could not be rolled back. */
const FAILED = [
  ...['UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED', 'UPDATE_FAILED'],
  ...['ROLLBACK_IN_PROGRESS', 'ROLLBACK_FAILED', 'DELETE_FAILED'],
];

/**
 * Events that AWS services report once and no metric shows: failovers, restores and maintenance of the database, a
 * failed rotation, a failed deployment. They are warnings, because their consequences have alarms. The rules invoke the
 * pager and not a topic, because EventBridge does not support conditions in a topic's policy.
 */
export class ServiceEvents extends Construct {
  constructor(scope: Construct, id: string, { names, pager, undelivered, cluster }: ServiceEventsProps) {
    super(scope, id);
    const target = new LambdaFunction(pager, { deadLetterQueue: undelivered, retryAttempts: 10 });
    const rule = (name: string, description: string, eventPattern: events.EventPattern) =>
      new events.Rule(this, name, { ruleName: names.of(name), description, eventPattern, targets: [target] });

    rule('deployment-failed', 'CodeDeploy rolled a new version back', {
      source: ['aws.codedeploy'],
      detailType: ['CodeDeploy Deployment State-change Notification'],
      detail: { application: [names.service], state: ['FAILURE', 'STOP'] },
    });
    rule('stack-failed', 'A deployment of the stack failed', {
      source: ['aws.cloudformation'],
      detailType: ['CloudFormation Stack Status Change'],
      detail: { 'stack-id': [Stack.of(this).stackId], 'status-details': { status: FAILED } },
    });
    if (cluster === undefined) return;
    rule('database-events', 'Failover, restore, maintenance and similar events', {
      source: ['aws.rds'],
      detailType: ['RDS DB Cluster Event', 'RDS DB Instance Event'],
      detail: {
        SourceIdentifier: [cluster.clusterIdentifier, ...cluster.instanceIdentifiers],
        EventCategories: RDS_CATEGORIES,
      },
    });
    if (cluster.secret === undefined) return;
    rule(
      'rotation-failed',
      "The rotation of the owner's password failed; requires a trail of CloudTrail in the account",
      {
        source: ['aws.secretsmanager'],
        detailType: ['AWS Service Event via CloudTrail'],
        detail: {
          eventName: ['RotationFailed', 'RotationAbandoned'],
          additionalEventData: { SecretId: [cluster.secret.secretArn] },
        },
      },
    );
  }
}

export interface BudgetProps {
  readonly names: Names;
  /** Per month. USD. */
  readonly limitUsd: number;
  /** The topic of warnings that the pager receives. */
  readonly topic: sns.ITopic;
}

/** The first notification is sent at this share of the limit. Percent. */
const SPENT_PERCENT = 80;
const FORECAST_PERCENT = 100;

/**
 * The service's monthly budget: a warning when most of it is spent, and one when the month is forecast to exceed it.
 * Costs are counted by the tag `service`, which the account's owner activates as a cost allocation tag.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { names, limitUsd, topic }: BudgetProps) {
    super(scope, id);
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
    });
    const budget = new budgets.CfnBudget(this, 'Month', {
      budget: {
        // per account, not per region
        budgetName: names.of('month', Stack.of(this).region),
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limitUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:service$${names.service}`] },
      },
      notificationsWithSubscribers: [notify('ACTUAL', SPENT_PERCENT), notify('FORECASTED', FORECAST_PERCENT)],
    });
    // its policy must exist before AWS Budgets tries to publish
    budget.node.addDependency(topic);
  }
}
