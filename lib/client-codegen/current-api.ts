import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../functions/contract/openapi.ts';
import { generateApi } from './generate-api.ts';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The file of the client's generated types. */
export const CLIENT_API = file('lib/client/requests/api.ts');

/**
 * The expected content of that file: the types of the service's OpenAPI document, formatted like the project's code.
 */
export function currentApi(): string {
  const { version } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as { version: string };
  return execFileSync(file('node_modules/.bin/biome'), ['format', '--stdin-file-path', 'lib/client/requests/api.ts'], {
    cwd: file('.'),
    encoding: 'utf8',
    input: generateApi(openApiDocument(version)),
  });
}
