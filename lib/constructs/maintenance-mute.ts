import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { cronOfWindow, minutesOfWindow } from '../config/aws-windows.ts';
import type { Names } from './shared/names.ts';

export interface MaintenanceMuteProps {
  readonly names: Names;
  /** As RDS writes it: `sun:03:00-sun:04:00`, UTC. */
  readonly window: string;
  /** The alarms that are muted in it. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/**
 * Mutes alarms while AWS may restart the cluster. CloudWatch evaluates them as before, but does not run their actions.
 * Alarms that are still in ALARM at the end of the window act then.
 */
export class MaintenanceMute extends Construct {
  constructor(scope: Construct, id: string, { names, window, alarms }: MaintenanceMuteProps) {
    super(scope, id);
    new cloudwatch.CfnAlarmMuteRule(this, 'Rule', {
      name: names.of('maintenance'),
      description: 'Warnings wait until the maintenance window of the database has ended',
      rule: {
        schedule: { expression: cronOfWindow(window), duration: `PT${minutesOfWindow(window)}M`, timezone: 'UTC' },
      },
      muteTargets: { alarmNames: alarms.map(({ alarmName }) => alarmName) },
    });
  }
}
