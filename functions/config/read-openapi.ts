import { readCompanion } from './read-companion.ts';

/**
 * The OpenAPI document of this release, as JSON text. It is made from the route table when the bundles are made
 * (`lib/constructs/functions`), so that no function carries what makes it.
 * @param file a path in place of the file beside the bundle
 * @throws Error where there is no such file
 */
export async function readOpenApi(file: string | undefined): Promise<string> {
  const text = await readCompanion('openapi.json', file);
  if (text === undefined) throw new Error('There is no openapi.json beside the function: OPENAPI_FILE can name one.');
  return text;
}
