import { writeFileSync } from 'node:fs';
import { settingsPage } from '../lib/settings-page/settings-page.ts';

/** `npm run docs:settings`: writes docs/settings.md. A test fails if the file is out of date. */
writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsPage());
console.log('Wrote docs/settings.md');
