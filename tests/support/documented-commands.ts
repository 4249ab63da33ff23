import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's directory, where documented commands are to be run. */
export const PROJECT = join(import.meta.dirname, '..', '..');

/** The shell commands of a page: what stands in each of its `sh` fences, in order. @param page path within the project */
export function shellFences(page: string): string[] {
  const text = readFileSync(join(PROJECT, page), 'utf8');
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, commands = '']) => commands);
}
