import { mkdirSync, writeFileSync } from 'node:fs';
import config from '../infra.config.ts';
import { readConfig } from '../lib/config/schema.ts';
import { runbookOf } from '../lib/runbook.ts';

/** `npm run runbook`: writes docs/runbook.md anew. A test fails while it is not current. */
const file = new URL('../docs/runbook.md', import.meta.url);
mkdirSync(new URL('.', file), { recursive: true });
writeFileSync(file, runbookOf(readConfig(config)));
console.log('Wrote docs/runbook.md');
