import { type AlarmSubject, SEVERITIES, type Severity, type Timing } from '../constructs/alarms/definition.ts';

/**
 * The sentences that show that a subject has recovered: its own, when each of its alarms returns to OK and which
 * message that sends, and the command that shows their states.
 */
export function recoveryOf(subject: AlarmSubject): string[] {
  const { advice, missing } = subject;
  const severities = SEVERITIES.filter((severity) => subject.limits[severity]);
  const names = severities.map((severity) => `tick-store-${subject.id}-${severity}`);
  return [
    advice.recovered,
    ...severities.map((severity) => returnOf(subject, severity)),
    ...(MISSING[missing] === undefined ? [] : [MISSING[missing]]),
    `${stateCommandOf(`--alarm-names ${names.join(' ')}`)} shows the state, since when, and the last datapoints`,
  ];
}

/** The command that shows alarms with their state. @param which options that choose the alarms */
export const stateCommandOf = (which: string): string =>
  `\`aws cloudwatch describe-alarms ${which} --query "MetricAlarms[].[AlarmName,StateValue,StateUpdatedTimestamp,StateReason]"\``;

const MISSING: Partial<Readonly<Record<AlarmSubject['missing'], string>>> = {
  breaching: 'A period without data counts as bad',
  ignore: 'Without data the alarm keeps its state: it needs samples to return to OK',
};

function returnOf(subject: AlarmSubject, severity: Severity): string {
  const { id, limits } = subject;
  const timing = limits[severity]?.timing;
  return timing === undefined
    ? ''
    : `\`tick-store-${id}-${severity}\` returns to OK ${delayOf(timing)}${messageOf(subject, severity)}`;
}

const SECONDS_PER_MINUTE = 60;

/**
 * An alarm leaves ALARM when fewer than M of the last N periods breach: after N - M + 1 good ones, and an evaluation
 * within a minute.
 */
function delayOf({ periodSeconds, periods, datapoints }: Timing): string {
  const minutes = ((periods - datapoints + 1) * periodSeconds) / SECONDS_PER_MINUTE;
  const rule = datapoints === 1 ? 'none' : `fewer than ${datapoints}`;
  return `${minutes} to ${minutes + 1} minutes after the last bad period, once ${rule} of ${periods} periods of ${periodSeconds} s breach`;
}

/** Which message reports the recovery. */
function messageOf({ id, family, causes = [], isForRollback }: AlarmSubject, severity: Severity): string {
  if (isForRollback) return '. It sends no message';
  if (severity === 'warning')
    return `. \`tick-store-${family}-warning\` sends \`[OK]\` once no other warning of the family is in ALARM`;
  return causes.length === 0 ? ', and sends `[OK]`' : `. \`tick-store-${id}-page\` sends \`[OK]\` with it`;
}
