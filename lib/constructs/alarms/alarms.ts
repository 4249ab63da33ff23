import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import type { Names } from '../names.ts';
import { type AlarmSubject, type Limit, SEVERITIES, type Severity } from './definition.ts';
import { toMetric } from './to-metric.ts';

export interface AlarmsProps {
  readonly names: Names;
  readonly subjects: readonly AlarmSubject[];
  readonly topics: Readonly<Record<Severity, sns.ITopic>>;
  /** Where the runbook is. */
  readonly runbookUrl: string;
}

const OPERATORS = {
  'at-least': cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  'at-most': cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
} as const satisfies Record<Limit['comparison'], cloudwatch.ComparisonOperator>;

const MISSING = {
  breaching: cloudwatch.TreatMissingData.BREACHING,
  notBreaching: cloudwatch.TreatMissingData.NOT_BREACHING,
  ignore: cloudwatch.TreatMissingData.IGNORE,
} as const satisfies Record<AlarmSubject['missing'], cloudwatch.TreatMissingData>;

/** How long a warning waits for a critical of the same incident: CloudWatch's documentation recommends it. */
const WAIT_FOR_CRITICAL = Duration.seconds(60);
/**
 * How long a warning keeps still after a critical: until the incident has left the windows of the slowest alarms, three
 * times five minutes. A minute, as recommended, had the warnings of an outage page when it was over.
 */
const STILL_AFTER_CRITICAL = Duration.minutes(15);

/**
 * An alarm for each limit of each subject, all silent, and two composites that page: `database-critical` where any critical
 * alarm is on, `database-warning` where any warning is. So an incident that sets off ten alarms pages once; and a warning
 * that is about to become a critical, or is what remains of one, does not page beside it.
 */
export class Alarms extends Construct {
  readonly bySeverity: Readonly<Record<Severity, readonly cloudwatch.Alarm[]>>;
  readonly composites: Readonly<Record<Severity, cloudwatch.CompositeAlarm>>;
  readonly #byId = new Map<string, cloudwatch.Alarm>();

  constructor(scope: Construct, id: string, { names, subjects, topics, runbookUrl }: AlarmsProps) {
    super(scope, id);
    const bySeverity: Record<Severity, cloudwatch.Alarm[]> = { warning: [], critical: [] };
    for (const subject of subjects) {
      for (const severity of SEVERITIES) {
        const limit = subject.limits[severity];
        if (limit === undefined) continue;
        const alarm = this.alarm(names, subject, severity, limit, runbookUrl);
        bySeverity[severity].push(alarm);
        this.#byId.set(`${subject.id}-${severity}`, alarm);
      }
    }
    this.bySeverity = bySeverity;
    const critical = this.composite(names, 'critical', bySeverity.critical, runbookUrl);
    const warning = this.composite(names, 'warning', bySeverity.warning, runbookUrl, critical);
    this.composites = { warning, critical };
    for (const severity of SEVERITIES) {
      const action = new SnsAction(topics[severity]);
      this.composites[severity].addAlarmAction(action);
      this.composites[severity].addOkAction(action);
    }
  }

  /**
   * Holds back what pages, and the alarm to which silence is a fault, until `probing` stands: a first deployment takes longer
   * to make the database than any alarm would wait for a sample.
   */
  pageAfter(probing: IDependable): void {
    const early = [...Object.values(this.composites), ...this.of(['probe-heartbeat'], 'critical')];
    for (const alarm of early) alarm.node.addDependency(probing);
  }

  /** The alarms of subjects, where they exist. */
  of(ids: readonly string[], severity: Severity): cloudwatch.Alarm[] {
    return ids.flatMap((id) => this.#byId.get(`${id}-${severity}`) ?? []);
  }

  private alarm(names: Names, subject: AlarmSubject, severity: Severity, limit: Limit, runbookUrl: string) {
    const { signal, missing, advice, section, warmUpMinutes } = subject;
    const { periodSeconds, periods, datapoints } = limit.timing;
    const alarm = new cloudwatch.Alarm(this, `${subject.id}-${severity}`, {
      alarmName: names.of(subject.id, severity),
      alarmDescription: `${advice.first} ${advice.meaning} Runbook: ${runbookUrl}#${section}`,
      metric: toMetric(signal, periodSeconds),
      comparisonOperator: OPERATORS[limit.comparison],
      threshold: limit.value,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      treatMissingData: MISSING[missing],
      // the composites page
      actionsEnabled: false,
    });
    if (warmUpMinutes !== undefined) {
      const resource = alarm.node.defaultChild as cloudwatch.CfnAlarm;
      resource.warmUpConfiguration = {
        warmUpPeriodDurationInMinutes: warmUpMinutes,
        // as soon as the metric is there
        onlyStartEvaluatingAfterWarmUpPeriodEnds: false,
      };
    }
    return alarm;
  }

  private composite(
    names: Names,
    severity: Severity,
    alarms: readonly cloudwatch.Alarm[],
    runbookUrl: string,
    suppressor?: cloudwatch.CompositeAlarm,
  ): cloudwatch.CompositeAlarm {
    const what = severity === 'critical' ? 'Look now' : 'Look in working hours';
    return new cloudwatch.CompositeAlarm(this, `database-${severity}`, {
      compositeAlarmName: names.of('database', severity),
      alarmDescription: `${what}: the triggering alarms say what to do first. Runbook: ${runbookUrl}#database-${severity}`,
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      ),
      ...(suppressor
        ? {
            actionsSuppressor: suppressor,
            actionsSuppressorWaitPeriod: WAIT_FOR_CRITICAL,
            actionsSuppressorExtensionPeriod: STILL_AFTER_CRITICAL,
          }
        : {}),
    });
  }
}
