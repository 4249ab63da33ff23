/** `npm run lint-rules`: writes the import rules that `biome.json` extends from the order of folders in `lint-rules/layers.ts`. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importRules } from './lint-rules/import-rules.ts';

const RULES = fileURLToPath(new URL('lint-rules/import-rules.json', import.meta.url));
const BIOME = fileURLToPath(new URL('../node_modules/@biomejs/biome/bin/biome', import.meta.url));

writeFileSync(RULES, `${JSON.stringify({ overrides: importRules() }, null, 2)}\n`);
execFileSync(process.execPath, [BIOME, 'format', '--write', RULES], { stdio: 'inherit' });
