import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import type { Names } from '../shared/names.ts';
import { type AlarmSubject, descriptionOf, type Limit, SEVERITIES, type Severity } from './definition.ts';
import { makePages } from './pages.ts';
import { toMetric } from './to-metric.ts';

export interface AlarmsProps {
  readonly names: Names;
  readonly subjects: readonly AlarmSubject[];
  /** The topics that alarms publish to. */
  readonly topics: Readonly<Record<Severity, sns.ITopic>>;
  /** The topic that people subscribe to, for the alarm on the pager between. */
  readonly peopleTopic: sns.ITopic;
  /** The URL of the runbook. */
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

/** The alarms of a subject of the catalogue, by its id. */
export type AlarmsById = ReadonlyMap<string, Partial<Record<Severity, cloudwatch.Alarm>>>;

/**
 * An alarm for each limit of each subject. Each critical alarm pages by its own action, so that one which has been in
 * ALARM for hours hides no other; warnings page by family. Only consequences are suppressed, and only by their causes:
 * `pages.ts`.
 */
export class Alarms extends Construct {
  readonly bySeverity: Readonly<Record<Severity, readonly cloudwatch.Alarm[]>>;
  /** The alarms that page: those with an action, and composite alarms. */
  readonly paging: Readonly<Record<Severity, readonly cloudwatch.AlarmBase[]>>;
  readonly #byId: AlarmsById;

  constructor(scope: Construct, id: string, { names, subjects, topics, peopleTopic, runbookUrl }: AlarmsProps) {
    super(scope, id);
    const byId = new Map(
      subjects.map((subject) => {
        const made = SEVERITIES.flatMap((severity) => {
          const limit = subject.limits[severity];
          return limit === undefined ? [] : [[severity, this.alarm(names, subject, severity, limit, runbookUrl)]];
        });
        return [subject.id, Object.fromEntries(made) as Partial<Record<Severity, cloudwatch.Alarm>>];
      }),
    );
    this.#byId = byId;
    const every = [...byId.values()];
    this.bySeverity = {
      warning: every.flatMap(({ warning }) => warning ?? []),
      critical: every.flatMap(({ critical }) => critical ?? []),
    };
    this.paging = makePages(this, { names, subjects, alarms: byId, runbookUrl });
    for (const severity of SEVERITIES) {
      const action = new SnsAction(topics[severity]);
      for (const alarm of this.paging[severity]) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
    const direct = new SnsAction(peopleTopic);
    for (const alarm of this.of(
      subjects.filter(({ isSentDirectly }) => isSentDirectly).map(({ id: subject }) => subject),
      'critical',
    )) {
      alarm.addAlarmAction(direct);
    }
  }

  /**
   * Delays the alarms that page, and the alarm on missing samples, until `needed` exists: a first deployment takes
   * longer to create the database than any alarm would wait for a sample.
   */
  pageAfter(...needed: readonly IDependable[]): void {
    for (const alarm of [...this.paging.critical, ...this.paging.warning]) alarm.node.addDependency(...needed);
  }

  /** The alarms of these subjects, if they exist. */
  of(ids: readonly string[], severity: Severity): cloudwatch.Alarm[] {
    return ids.flatMap((id) => this.#byId.get(id)?.[severity] ?? []);
  }

  private alarm(names: Names, subject: AlarmSubject, severity: Severity, limit: Limit, runbookUrl: string) {
    const { signal, missing, warmUpMinutes } = subject;
    const { periodSeconds, periods, datapoints } = limit.timing;
    const alarm = new cloudwatch.Alarm(this, `${subject.id}-${severity}`, {
      alarmName: names.of(subject.id, severity),
      alarmDescription: descriptionOf(subject, runbookUrl),
      metric: toMetric(signal, periodSeconds),
      comparisonOperator: OPERATORS[limit.comparison],
      threshold: limit.value,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      treatMissingData: MISSING[missing],
    });
    if (warmUpMinutes !== undefined) {
      const resource = alarm.node.defaultChild as cloudwatch.CfnAlarm;
      resource.warmUpConfiguration = {
        warmUpPeriodDurationInMinutes: warmUpMinutes,
        // evaluated as soon as the metric exists
        onlyStartEvaluatingAfterWarmUpPeriodEnds: false,
      };
    }
    return alarm;
  }
}
