import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApiDocument } from '../../functions/contract/openapi.ts';

/** The release that a test service reports. */
export const TEST_RELEASE = '9.8.7';

let file: string | undefined;

/** The document that the stack puts next to the bundle of `read`, for functions that are not bundled. */
export function openApiFile(): string {
  if (file !== undefined) return file;
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-openapi-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  file = join(directory, 'openapi.json');
  writeFileSync(file, JSON.stringify(openApiDocument(TEST_RELEASE)));
  return file;
}
