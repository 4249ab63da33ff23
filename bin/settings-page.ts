import { writeFileSync } from 'node:fs';
import { settingsPage } from '../lib/settings-page/settings-page.ts';

/** `npm run docs:settings`: writes docs/settings.md again. A test fails while it is not current. */
writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsPage());
console.log('Wrote docs/settings.md');
