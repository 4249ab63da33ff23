import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';

/** The variable in which CDK's command line passes the directory of the assembly. */
const OUTPUT = 'CDK_OUTDIR';

/**
 * The app of a script. Without CDK's command line nobody reads the assembly afterwards, and CDK would leave it in the
 * temporary directory, so it is removed when the process ends.
 */
export function createApp(props: AppProps = {}): App {
  if (process.env[OUTPUT] !== undefined) return new App(props);
  const outdir = mkdtempSync(join(tmpdir(), 'tick-store-app-'));
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
  return new App({ ...props, outdir });
}
