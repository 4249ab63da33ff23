import type { Settings } from '../config/schema.ts';
import { type AlarmSubject, isMath, metricsOf, SEVERITIES, sectionOf } from '../constructs/alarms/definition.ts';
import type { Drill } from '../drills/drill.ts';
import { drillsFor } from '../drills/drills.ts';
import { alarmRow, cellsOf, everySubject, heldBackBy, recipientsOf } from './alarm-facts.ts';
import { table, wrapped } from './markdown.ts';
import { recoveryOf, stateCommandOf } from './recovery.ts';

/** The service's name in the texts. A deployment's own name replaces it. */
const WRITTEN_NAME = 'tick-store';

/**
 * The runbook: a section per symptom, from the data that the alarms are made of. It covers every database backend, so
 * that an alarm still has a section after a change of backend.
 */
export function runbookOf(settings: Settings): string {
  const subjects = everySubject(settings);
  const drills = drillsFor(settings);
  const sections = subjects.map((subject) => sectionText(settings, subject, drills));
  const text = [HEAD, symptoms(settings, subjects), WARNINGS, ...sections].join('\n\n');
  return `${text.replaceAll(WRITTEN_NAME, settings.service.name)}\n`;
}

const HEAD = `# Runbook

${wrapped(
  'Written by `npm run runbook` from `lib/constructs/alarms` and `infra.config.ts`; do not edit it by hand. A page says what broke and links to its section here. [alarms.md](alarms.md) lists every alarm with its limits. [operate.md](operate.md) says how paging works, with the drills.',
)}

${wrapped(
  'Queries are for psql as the owner, directly to the database and not through the pooler ([deploy.md](deploy.md#into-the-database)). On Aurora and Neon the owner may also end the sessions of other roles; elsewhere that requires `pg_signal_backend`. Commands are for the AWS CLI of version 2, as in CloudShell, with the credentials and the region of the deployment. Locally, `/_local` shows the alarms, and `functions.log` in `DATA_DIR` is what `aws logs tail` shows.',
)}

This lists all alarms that are in ALARM now, each with the first thing to do:

\`\`\`sh
aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix tick-store \\
  --query "MetricAlarms[].[AlarmName,AlarmDescription,StateReason]"
\`\`\``;

const WARNINGS = `## Warnings

${wrapped(
  'A page named `<family>-warning` lists the alarms in ALARM; each has its section below. Nothing is broken yet. While a critical alarm of the same incident is in ALARM, the warnings of its family are suppressed, because the critical page reports it.',
)}

Recovered when:

${wrapped('Every warning of the family is OK. Only then `tick-store-<family>-warning` returns to OK and sends `[OK]`. Each section states how long its alarm takes: 7 to 31 minutes', '- ')}
${wrapped(`${stateCommandOf('--state-value ALARM --alarm-name-prefix tick-store')} lists what it waits for`, '- ')}`;

function symptoms(settings: Settings, subjects: readonly AlarmSubject[]): string {
  const rows = subjects.map((subject) => [
    `[${subject.title}](#${sectionOf(subject)})`,
    subject.family,
    subject.affects,
    SEVERITIES.filter((severity) => subject.limits[severity])
      .map((severity) => recipientsOf(settings, subject, severity))
      .join('; '),
  ]);
  return `## Symptoms\n\n${table(['symptom', 'family', 'who is affected', 'who gets it'], rows)}`;
}

function sectionText(settings: Settings, subject: AlarmSubject, drills: readonly Drill[]): string {
  const { title, affects, advice } = subject;
  const rows = SEVERITIES.flatMap((severity) => {
    const row = alarmRow(settings, subject, severity);
    return row === undefined ? [] : [cellsOf(row, ['alarm', 'when', 'datapoints', 'missing', 'recipients'])];
  });
  return [
    `## ${title}`,
    wrapped(advice.meaning),
    wrapped(`Affected: ${affects}`),
    wrapped(`First: ${advice.first}`),
    `Then:\n\n${advice.look.map((item, at) => wrapped(item, `${at + 1}. `)).join('\n')}`,
    `Recovered when:\n\n${recoveryOf(subject)
      .map((item) => wrapped(item, '- '))
      .join('\n')}`,
    table(['alarm', 'ALARM when', 'datapoints', 'missing data', 'who gets it'], rows),
    wrapped([sourceOf(subject), heldBackBy(subject), drillOf(subject, drills)].filter(Boolean).join(' ')),
  ].join('\n\n');
}

/** How to make the alarm enter ALARM: inject a fault on this machine, or set its state in a deployment. */
function drillOf({ id, limits }: AlarmSubject, drills: readonly Drill[]): string {
  const names = SEVERITIES.filter((severity) => limits[severity]).map((severity) => `${id}-${severity}`);
  const commands = drills
    .filter((drill) => drill.alarms.some((alarm) => names.includes(alarm)))
    .map(({ name }) => `\`npm run drill -- ${name}\``);
  if (commands.length > 0) return `Drill, with \`npm start\` running: ${commands.join(', or ')}.`;
  return `No drill injects a fault for it. In a deployment, this tests the delivery to the recipient: \`aws cloudwatch set-alarm-state --alarm-name tick-store-${names.at(-1)} --state-value ALARM --state-reason drill\`.`;
}

function sourceOf({ id, signal, threshold, warmUpMinutes }: AlarmSubject): string {
  const metrics = metricsOf(signal).map(
    ({ namespace, name, statistic, dimensions }) =>
      `${statistic} of ${namespace} ${name} (${Object.keys(dimensions).join(', ')})`,
  );
  const formula = isMath(signal) ? `\`${signal.expression}\` over ` : '';
  const setting = threshold === undefined ? '' : ` Setting: \`thresholds.${threshold}\`.`;
  const quiet = warmUpMinutes === undefined ? '' : ` Silent for up to ${warmUpMinutes} minutes after it is created.`;
  return `\`${id}\` watches ${formula}${[...new Set(metrics)].join(', ')}.${setting}${quiet}`;
}
