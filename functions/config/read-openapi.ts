import { readCompanion } from './read-companion.ts';

/**
 * The OpenAPI document of this release, as JSON text. It is made from the route table when the bundles are made
 * (`lib/constructs/functions`), so that no function carries what makes it.
 * @param file a path to use instead of the file next to the bundle
 * @throws Error if there is no such file
 */
export async function readOpenApi(file: string | undefined): Promise<string> {
  const text = await readCompanion('openapi.json', file);
  if (text === undefined) throw new Error('There is no openapi.json next to the function. Set OPENAPI_FILE to a file.');
  return text;
}
