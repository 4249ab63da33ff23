import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../config/schema.ts';
import { type DeployingEntry, type EntryName, type Functions, isDeploying } from './functions/functions.ts';
import { acknowledge } from './shared/nag.ts';
import type { Names } from './shared/names.ts';

/** The alias that every caller uses. The version that it points to is in service. */
export const LIVE = 'live';

/** Run by a schedule. A tenth of one run per minute proves nothing, so these switch at once. */
const SCHEDULED = ['probe-health', 'maintain-partitions'] as const satisfies readonly EntryName[];
export type ScheduledEntry = (typeof SCHEDULED)[number];

export interface TrafficProps {
  readonly functions: Functions;
  /** Receives events of scheduled functions that failed in every attempt. */
  readonly deadLetters: sqs.IQueue;
}

/** One alias per function that is invoked. A deployment invokes its own functions by version. */
export class Traffic extends Construct {
  readonly aliases: Readonly<Record<Exclude<EntryName, DeployingEntry>, lambda.Alias>>;

  constructor(scope: Construct, id: string, { functions, deadLetters }: TrafficProps) {
    super(scope, id);
    this.aliases = Object.fromEntries(
      Object.entries(functions.byEntry)
        .filter(([entry]) => !isDeploying(entry))
        .map(([entry, { function: target }]) => [
          entry,
          new lambda.Alias(this, entry, {
            aliasName: LIVE,
            version: target.currentVersion as lambda.IVersion,
            ...(isScheduled(entry) ? asynchronous(entry, deadLetters) : {}),
          }),
        ]),
    ) as Traffic['aliases'];
  }
}

/** Whether a schedule invokes the function, and not API Gateway. */
export const isScheduled = (entry: string): entry is ScheduledEntry => (SCHEDULED as readonly string[]).includes(entry);

/** A late probe is useless, because the next one follows. Maintenance is idempotent, and is retried twice. */
function asynchronous(entry: ScheduledEntry, deadLetters: sqs.IQueue): lambda.EventInvokeConfigOptions {
  const onFailure = new destinations.SqsDestination(deadLetters);
  return entry === 'probe-health'
    ? { retryAttempts: 0, maxEventAge: Duration.minutes(1), onFailure }
    : { retryAttempts: 2, maxEventAge: Duration.hours(1), onFailure };
}

export interface DeploymentsProps {
  readonly names: Names;
  readonly settings: Settings['deployment'];
  readonly aliases: Traffic['aliases'];
  /** Alarms on new versions: while one of them is in ALARM, no new version takes over. */
  readonly rollbackAlarms: readonly cloudwatch.IAlarm[];
}

const CONFIGURATIONS = {
  'canary-10-percent-5-minutes': codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  'canary-10-percent-15-minutes': codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  'linear-10-percent-1-minute': codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
} as const;

/**
 * CodeDeploy shifts the API's functions from the old version to the new one in the configured steps, and back at once
 * if the new versions fail requests. CloudFormation waits for it, and a shift that was rolled back fails the
 * deployment.
 */
export class Deployments extends Construct {
  constructor(scope: Construct, id: string, { names, settings, aliases, rollbackAlarms }: DeploymentsProps) {
    super(scope, id);
    if (settings.traffic === 'all-at-once') return;
    const deploymentConfig = CONFIGURATIONS[settings.traffic];
    const application = new codedeploy.LambdaApplication(this, 'Application', { applicationName: names.service });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('codedeploy.amazonaws.com') });
    acknowledge(
      role,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'The narrowest policy of AWS for CodeDeploy with Lambda: it may shift aliases and read alarms. AWS extends it when CodeDeploy needs more; our copy would not be.',
    );
    for (const [entry, alias] of Object.entries(aliases)) {
      if (isScheduled(entry)) continue;
      new codedeploy.LambdaDeploymentGroup(this, entry, {
        application,
        role,
        deploymentGroupName: names.of(entry),
        alias,
        deploymentConfig,
        ...(settings.rollbackOnAlarm ? { alarms: [...rollbackAlarms] } : {}),
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: settings.rollbackOnAlarm },
      });
    }
  }
}
