import { PROBE_CONCURRENCY } from './config/capacity.ts';
import { infraConfig, type Settings } from './config/schema.ts';
import { alarmSubjects } from './constructs/alarms/catalogue.ts';
import {
  type AlarmSubject,
  isMath,
  type Limit,
  metricsOf,
  SEVERITIES,
  type Watched,
} from './constructs/alarms/definition.ts';
import type { Drill } from './drills/drill.ts';
import { drillsFor } from './drills/drills.ts';

/** The name that the advice is written with; a deployment's own takes its place. */
const WRITTEN_NAME = 'tick-store';

/**
 * The runbook: a section for each kind of alarm, from the same data that the alarms are made of. It covers every backend, so
 * that a change of backend does not leave an alarm without a section.
 */
export function runbookOf(settings: Settings): string {
  const { name } = settings.service;
  const subjects = alarmSubjects(onAurora(settings), examples(name));
  const sections = [...Map.groupBy(subjects, (subject) => subject.section).values()];
  const drills = drillsFor(settings);
  const text = [HEAD, contents(sections), ...sections.map((group) => sectionOf(group, drills))].join('\n\n');
  return `${text.replaceAll(WRITTEN_NAME, name)}\n`;
}

/** RDS Proxy has the most to watch. */
function onAurora(settings: Settings): Settings {
  const { database } = settings;
  if (database.kind === 'aurora') return { ...settings, database: { ...database, backend: 'proxy', readers: 1 } };
  return { ...settings, database: infraConfig.parse({}).database };
}

function examples(service: string): Watched {
  return {
    service,
    apiId: 'the API',
    deadLetterQueue: `${service}-dead-letters`,
    proxyName: `${service}-proxy`,
    clusterId: `${service}-aurora`,
    functions: [
      {
        entry: '<function>',
        name: `${service}-<function>`,
        timeoutSeconds: 28,
        reservedConcurrency: PROBE_CONCURRENCY + 98,
      },
    ],
  };
}

const HEAD = `# Runbook

Written by \`npm run runbook\` from \`lib/constructs/alarms\` and \`infra.config.ts\`; do not edit it by hand. An alarm's
description says what to do first and links to its section here. Queries are for psql as the owner, past the pooler
(\`docs/deploy.md\`, "Into the database"), who on Aurora and Neon may also end other roles' sessions; elsewhere that takes
\`pg_signal_backend\`. Commands are for a shell with the deployment's credentials. How paging works, and the drills with what
they measured, are in \`docs/operate.md\`.

## database-critical

Enters ALARM when any critical alarm does, and returns to OK when all have. The message names the alarm that changed it. This
lists all that are in ALARM, each with the first thing to do and its section here:
\`aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix tick-store --query "MetricAlarms[].[AlarmName,AlarmDescription,StateReason]"\`

Start with \`probe-up\`, then the pool, then the database, then the functions, for the later ones follow from the earlier.
Locally, \`/_local\` shows the same, and \`functions.log\` in \`DATA_DIR\` is what \`aws logs tail\` shows here.

## database-warning

Enters ALARM when any warning does. It is suppressed while \`database-critical\` is in ALARM, for a quarter of an hour after
that, and when \`database-critical\` follows within a minute: then the critical page says it. Nothing is broken yet.`;

function contents(sections: readonly (readonly AlarmSubject[])[]): string {
  const lines = sections.map((group) => `- [${group[0]?.section}](#${group[0]?.section}): ${titleOf(group)}`);
  return ['## The alarms', '', ...lines].join('\n');
}

/** Of the section; a function's own name does not belong into it. */
const titleOf = ([subject]: readonly AlarmSubject[]): string => subject?.title ?? '';

function sectionOf(group: readonly AlarmSubject[], drills: readonly Drill[]): string {
  const [subject] = group;
  if (subject === undefined) return '';
  const { meaning, first, look } = subject.advice;
  return [
    `## ${subject.section}`,
    '',
    `**${titleOf(group)}.** ${meaning}`,
    '',
    `First: ${first}`,
    '',
    'Then:',
    '',
    ...look.map((item, index) => `${index + 1}. ${item}`),
    '',
    '| alarm | ALARM when | datapoints | missing data |',
    '|---|---|---|---|',
    ...group.flatMap(limitRows),
    '',
    ...group.map(source),
    '',
    drillOf(group, drills),
  ].join('\n');
}

/** How to see the alarm enter ALARM: by a fault on this machine, or else by setting its state in a deployment. */
function drillOf(group: readonly AlarmSubject[], drills: readonly Drill[]): string {
  const alarms = group.flatMap(({ id, limits }) =>
    SEVERITIES.filter((one) => limits[one]).map((one) => `${id}-${one}`),
  );
  const commands = drills
    .filter((drill) => drill.alarms.some((alarm) => alarms.includes(alarm)))
    .map(({ name }) => `\`npm run drill -- ${name}\``);
  if (commands.length > 0) return `Drill, with \`npm start\` running: ${commands.join(', or ')}`;
  const [alarm] = alarms.toReversed();
  return (
    'Drill: none with a fault of its own. In a deployment, for the way from the alarm to whoever is told: ' +
    `\`aws cloudwatch set-alarm-state --alarm-name tick-store-${alarm} --state-value ALARM --state-reason drill\``
  );
}

function limitRows({ id, unit, limits, missing }: AlarmSubject): string[] {
  return SEVERITIES.flatMap((severity) => {
    const limit = limits[severity];
    return limit === undefined
      ? []
      : [`| \`tick-store-${id}-${severity}\` | ${whenOf(limit, unit)} | ${timingOf(limit)} | ${missing} |`];
  });
}

const whenOf = ({ comparison, value }: Limit, unit: string): string =>
  `${comparison === 'at-least' ? '>=' : '<='} ${Number(value.toPrecision(6))} ${unit}`.trim();

const timingOf = ({ timing: { periodSeconds, datapoints, periods } }: Limit): string =>
  `${datapoints} of ${periods} periods of ${periodSeconds} s`;

function source({ id, signal, threshold, warmUpMinutes }: AlarmSubject): string {
  const metrics = metricsOf(signal).map(
    ({ namespace, name, statistic, dimensions }) =>
      `${statistic} of ${namespace} ${name} (${Object.keys(dimensions).join(', ')})`,
  );
  const formula = isMath(signal) ? `\`${signal.expression}\` over ` : '';
  const setting = threshold === undefined ? '' : ` Setting: \`thresholds.${threshold}\`.`;
  const quiet = warmUpMinutes === undefined ? '' : ` Silent for up to ${warmUpMinutes} minutes after it is made.`;
  return `\`${id}\` watches ${formula}${metrics.join(' and ')}.${setting}${quiet}`;
}
