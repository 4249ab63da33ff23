import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fastDirectory } from '../../support/fast-directory.ts';

/**
 * One directory of bundles and assemblies for the whole run: esbuild works once for each backend, and a configuration is
 * synthesised once, not once for each file of tests.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(fastDirectory(), 'tick-store-test-bundles-'));
  process.env['TICK_STORE_BUNDLES'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
