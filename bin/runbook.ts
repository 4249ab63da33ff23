import { writeFileSync } from 'node:fs';
import config from '../infra.config.ts';
import { readConfig } from '../lib/config/schema.ts';
import { alarmTableOf } from '../lib/runbook/alarm-table.ts';
import { runbookOf } from '../lib/runbook/runbook.ts';

/** `npm run runbook`: writes docs/runbook.md and docs/alarms.md. A test fails if they are out of date. */
const settings = readConfig(config);
for (const [name, text] of Object.entries({ 'runbook.md': runbookOf(settings), 'alarms.md': alarmTableOf(settings) })) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
  console.log(`Wrote docs/${name}`);
}
