import type { Settings } from '../config/schema.ts';
import { type AlarmSubject, SEVERITIES, sectionOf } from '../constructs/alarms/definition.ts';
import { drillsFor } from '../drills/drills.ts';
import { alarmRow, subjectsOf } from './alarm-facts.ts';
import { table, wrapped } from './markdown.ts';

/** docs/alarms.md: every metric alarm of a configuration in one table. */
export function alarmTableOf(settings: Settings): string {
  const drills = drillsFor(settings);
  const rows = subjectsOf(settings).flatMap((subject) =>
    SEVERITIES.flatMap((severity) => {
      const row = alarmRow(settings, subject, severity);
      if (row === undefined) return [];
      const drill = drills.filter(({ alarms }) => alarms.includes(`${subject.id}-${severity}`)).map(({ name }) => name);
      const { family, meaning, when, datapoints, missing, recipients } = row;
      const name = `[${subject.id}](runbook.md#${sectionOf(subject)})`;
      const limits = `${when}, ${datapoints}; missing: ${missing}`;
      return [[name, family, severity, meaning, limits, `${recipients}${held(subject)}`, drill.join(', ') || 'state']];
    }),
  );
  const head = ['alarm', 'family', 'severity', 'what it means', 'ALARM when', 'who gets it', 'drill'];
  return `# Alarms

${wrapped(
  'Written by `npm run runbook` for the configuration in `infra.config.ts`; do not edit it by hand. `state` in the last column means that no drill injects a fault for it; `aws cloudwatch set-alarm-state` tests the delivery to its recipients. `tests/infrastructure/alarm-histories.test.ts` shows for each alarm a history that makes it enter ALARM, and one that does not.',
)}

${table(head, rows)}
`;
}

const held = ({ causes = [] }: AlarmSubject): string =>
  causes.length === 0 ? '' : `, not while ${causes.join(' or ')} is in ALARM`;
