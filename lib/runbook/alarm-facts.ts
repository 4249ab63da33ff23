import { infraConfig, type Settings } from '../config/schema.ts';
import { alarmSubjects } from '../constructs/alarms/catalogue.ts';
import {
  type AlarmSubject,
  type Limit,
  SEVERITIES,
  type Severity,
  type Watched,
} from '../constructs/alarms/definition.ts';

/** One alarm in a table. */
export interface AlarmRow {
  readonly alarm: string;
  readonly family: string;
  readonly severity: Severity;
  readonly meaning: string;
  readonly when: string;
  readonly datapoints: string;
  readonly missing: string;
  readonly recipients: string;
}

export const cellsOf = (row: AlarmRow, names: readonly (keyof AlarmRow)[]): string[] => names.map((name) => row[name]);

/** The subjects of a configuration, with example names. */
export const subjectsOf = (settings: Settings): AlarmSubject[] =>
  alarmSubjects(settings, examples(settings, settings.service.name));

/** The subjects of all database backends, each once. RDS Proxy has the most. */
export function everySubject(settings: Settings): AlarmSubject[] {
  const { database } = infraConfig.parse({});
  const others = [settings.database, infraConfig.parse({ database: { kind: 'postgres' } }).database];
  const all = [database, ...others].flatMap((one) => subjectsOf({ ...settings, database: one }));
  return [...new Map(all.toReversed().map((subject) => [subject.id, subject])).values()].toReversed();
}

/** @returns undefined if the subject has no alarm of this severity */
export function alarmRow(settings: Settings, subject: AlarmSubject, severity: Severity): AlarmRow | undefined {
  const { id, family, unit, missing, advice } = subject;
  const limit = subject.limits[severity];
  if (limit === undefined) return undefined;
  const { periodSeconds, datapoints, periods } = limit.timing;
  return {
    alarm: `\`tick-store-${id}-${severity}\``,
    family,
    severity,
    meaning: advice.meaning,
    when: whenOf(limit, unit),
    datapoints: `${datapoints} of ${periods} periods of ${periodSeconds} s`,
    missing,
    recipients: recipientsOf(settings, subject, severity),
  };
}

const whenOf = ({ comparison, value }: Limit, unit: string): string =>
  `${comparison === 'at-least' ? '>=' : '<='} ${Number(value.toPrecision(6))} ${unit}`.trim();

/** The topic, and the owner if the configuration names one. */
export function recipientsOf({ alerts }: Settings, { isForRollback }: AlarmSubject, severity: Severity): string {
  if (isForRollback) return 'CodeDeploy, which rolls back';
  const { owner } = alerts[severity];
  return `${severity} topic${owner === undefined ? '' : ` (${owner})`}`;
}

export const heldBackBy = ({ causes = [] }: AlarmSubject): string =>
  causes.length === 0
    ? ''
    : `It does not page while ${causes.map((cause) => `\`${cause}\``).join(' or ')} is in ALARM, because it is then a consequence.`;

function examples({ database, alerts }: Settings, service: string): Watched {
  const isAurora = database.kind === 'aurora';
  const example = { name: `${service}-<function>`, version: '<version>', timeoutSeconds: 28 };
  return {
    service,
    apiId: 'the API',
    deadLetterQueue: `${service}-dead-letters`,
    undeliveredQueue: `${service}-undelivered-pages`,
    ...(SEVERITIES.some((severity) => alerts[severity].pagerDuty.length > 0)
      ? { refusedQueue: `${service}-refused-pages` }
      : {}),
    pageTopics: [`${service}-critical`, `${service}-critical-alarms`],
    pager: `${service}-send-pages`,
    scheduleGroup: service,
    ...(isAurora && database.backend === 'proxy' ? { proxyName: `${service}-proxy` } : {}),
    ...(isAurora ? { clusterId: `${service}-aurora` } : {}),
    functions: [
      { entry: '<function>', isApi: true, ...example },
      { entry: '<scheduled>', isApi: false, ...example },
    ],
  };
}
