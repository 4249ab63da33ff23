import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveSite } from './site/serve-site.ts';

const directory = import.meta.dirname;

/** The console's static files, which the stack has put next to this. It knows no database. */
export const handler = serveSite(
  join(directory, 'site'),
  JSON.parse(readFileSync(join(directory, 'site.json'), 'utf8')),
);
