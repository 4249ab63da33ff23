import { writeFileSync } from 'node:fs';
import { commandLineDocs } from '../lib/cli/command-line-docs.ts';

/** `npm run docs:command-line`: writes docs/command-line.md from the help of every command. */
writeFileSync(new URL('../docs/command-line.md', import.meta.url), await commandLineDocs());
