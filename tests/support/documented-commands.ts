import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's directory, in which documented commands run. */
export const PROJECT = join(import.meta.dirname, '..', '..');

/** The content of each `sh` fence of a page, in order. @param page path within the project */
export function shellFences(page: string): string[] {
  const text = readFileSync(join(PROJECT, page), 'utf8');
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, commands = '']) => commands);
}
