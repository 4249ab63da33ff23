import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One directory of bundles for the whole run: esbuild works once for each backend, not once for each file of tests. */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-test-bundles-'));
  process.env['TICK_STORE_BUNDLES'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
