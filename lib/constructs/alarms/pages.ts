import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Names } from '../shared/names.ts';
import type { AlarmsById } from './alarms.ts';
import { type AlarmSubject, descriptionOf, FAMILIES, type Family, familyTitle, type Severity } from './definition.ts';

/** How long a consequence waits to see whether its cause enters ALARM, too. */
const WAIT = Duration.seconds(20);
/**
 * How long a consequence stays suppressed after its cause has returned to OK, for evaluations that come a minute later.
 */
const EXTENSION = Duration.seconds(60);

/**
 * The subjects that suppress the warnings of a family: the database's own alarm, and more specific criticals of the
 * family.
 */
const WARNING_CAUSES: Readonly<Record<Family, readonly string[]>> = {
  unreachable: ['database-unreachable'],
  saturated: ['database-unreachable', 'pool-exhausted', 'pool-utilization', 'overload', 'throttled'],
  slow: ['database-unreachable', 'pool-exhausted', 'reads-slow', 'inserts-slow'],
  data: [],
  platform: [],
};

export interface PagesProps {
  readonly names: Names;
  readonly subjects: readonly AlarmSubject[];
  readonly alarms: AlarmsById;
  readonly runbookUrl: string;
}

const inAlarm = (alarm: cloudwatch.IAlarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM);

/**
 * The alarms that page, per severity.
 *
 * - A critical alarm without a cause pages by itself.
 * - A critical alarm that is the consequence of another pages by a composite, `<id>-page`, which its causes suppress.
 * - Warnings page by a composite per family, `<family>-warning`, which `WARNING_CAUSES` suppress.
 *
 * A suppressed composite needs both a rule that excludes its cause and an ActionsSuppressor. With only the rule, a
 * consequence that is detected seconds before its cause would page. With only the suppressor, the end of every incident
 * would send an all-clear for something that never paged.
 */
export function makePages(scope: Construct, props: PagesProps): Record<Severity, cloudwatch.AlarmBase[]> {
  const { subjects, alarms } = props;
  const causes = new Causes(scope, props);
  const critical = subjects.flatMap((subject): cloudwatch.AlarmBase[] => {
    const alarm = alarms.get(subject.id)?.critical;
    if (alarm === undefined || subject.isForRollback) return [];
    const cause = causes.of(subject.causes ?? []);
    return cause === undefined ? [alarm] : [consequence(scope, props, subject, alarm, cause)];
  });
  const warning = FAMILIES.flatMap((family) => familyWarning(scope, props, family, causes) ?? []);
  return { warning, critical };
}

function consequence(
  scope: Construct,
  { names, runbookUrl }: PagesProps,
  subject: AlarmSubject,
  alarm: cloudwatch.IAlarm,
  cause: cloudwatch.IAlarm,
): cloudwatch.CompositeAlarm {
  return new cloudwatch.CompositeAlarm(scope, `${subject.id}-page`, {
    compositeAlarmName: names.of(subject.id, 'page'),
    alarmDescription: descriptionOf(subject, runbookUrl),
    alarmRule: cloudwatch.AlarmRule.allOf(inAlarm(alarm), cloudwatch.AlarmRule.not(inAlarm(cause))),
    ...heldBackBy(cause),
  });
}

const heldBackBy = (cause: cloudwatch.IAlarm) => ({
  actionsSuppressor: cause,
  actionsSuppressorWaitPeriod: WAIT,
  actionsSuppressorExtensionPeriod: EXTENSION,
});

function familyWarning(
  scope: Construct,
  { names, subjects, alarms, runbookUrl }: PagesProps,
  family: Family,
  causes: Causes,
): cloudwatch.CompositeAlarm | undefined {
  const ours = subjects.filter((subject) => subject.family === family);
  const warnings = ours.flatMap(({ id }) => alarms.get(id)?.warning ?? []);
  if (warnings.length === 0) return undefined;
  const cause = causes.of(WARNING_CAUSES[family]);
  const any = cloudwatch.AlarmRule.anyOf(...warnings.map(inAlarm));
  return new cloudwatch.CompositeAlarm(scope, `${family}-warning`, {
    compositeAlarmName: names.of(family, 'warning'),
    alarmDescription: `${familyTitle(family)}. First: Handle it in working hours. The alarms in ALARM say what to do. Runbook: ${runbookUrl}#warnings`,
    alarmRule: cause === undefined ? any : cloudwatch.AlarmRule.allOf(any, cloudwatch.AlarmRule.not(inAlarm(cause))),
    ...(cause === undefined ? {} : heldBackBy(cause)),
  });
}

/** One alarm that represents several causes, because a suppressor must be one alarm. */
class Causes {
  readonly #scope: Construct;
  readonly #props: PagesProps;
  readonly #made = new Map<string, cloudwatch.CompositeAlarm>();

  constructor(scope: Construct, props: PagesProps) {
    this.#scope = scope;
    this.#props = props;
  }

  /** @param ids of subjects; those that this configuration does not have are skipped */
  of(ids: readonly string[]): cloudwatch.AlarmBase | undefined {
    const { alarms, names } = this.#props;
    const found = ids.flatMap((id) => alarms.get(id)?.critical ?? []);
    const [first, ...others] = found;
    if (first === undefined || others.length === 0) return first;
    const key = ids.toSorted().join(' ');
    const made =
      this.#made.get(key) ??
      new cloudwatch.CompositeAlarm(this.#scope, `cause-${this.#made.size + 1}`, {
        compositeAlarmName: names.of('cause', String(this.#made.size + 1)),
        alarmDescription: `Pages nobody. Suppresses the consequences of ${ids.join(', ')}.`,
        alarmRule: cloudwatch.AlarmRule.anyOf(...found.map(inAlarm)),
        actionsEnabled: false,
      });
    this.#made.set(key, made);
    return made;
  }
}
