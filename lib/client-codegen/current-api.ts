import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../functions/contract/openapi.ts';
import { generateApi } from './generate-api.ts';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Where the client's generated types are. */
export const CLIENT_API = file('lib/client/requests/api.ts');

/** What that file must hold: the types of the service's OpenAPI document, as the project formats code. */
export function currentApi(): string {
  const { version } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as { version: string };
  return execFileSync(file('node_modules/.bin/biome'), ['format', '--stdin-file-path', 'lib/client/requests/api.ts'], {
    cwd: file('.'),
    encoding: 'utf8',
    input: generateApi(openApiDocument(version)),
  });
}
