import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/**
 * The text of a file that the stack puts next to the bundle, or of the file that a variable names instead.
 * @returns undefined if there is no such file: the function runs outside a deployment
 */
export async function readCompanion(name: string, file: string | undefined): Promise<string | undefined> {
  const url = file === undefined ? new URL(name, import.meta.url) : pathToFileURL(file);
  try {
    return await readFile(url, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
