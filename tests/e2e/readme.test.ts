import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { PROJECT, shellFences } from '../support/documented-commands.ts';

const run = promisify(execFile);

/** Starts the project as the README says, but on a free port and an empty directory. Resolves to its URL. */
async function npmStart(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'tick-store-readme-'));
  // mkdtemp closes it to others, and the account that runs the servers for root has to pass
  chmodSync(root, 0o711);
  const child = spawn(process.execPath, ['bin/local.ts'], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: join(root, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(root, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Tick Store ready at (\S+)$/.exec(line) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('npm start ended before it was ready');
}

test('the commands of the README work in the order in which they stand', { timeout: 120_000 }, async () => {
  const fences = shellFences('README.md').filter((commands) => commands.includes('curl '));
  expect(fences.length).toBeGreaterThanOrEqual(3);
  const url = await npmStart();
  let output = '';
  let operationId = '';
  const answers: string[] = [];
  for (const commands of fences) {
    const script = commands
      .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):3000/g, url)
      // what a reader copies out of the previous response
      .replace(/^OPERATION=…/m, `OPERATION=${operationId}`);
    expect(script).not.toContain('…');
    const strict = `set -euo pipefail\nURL=${url}\ncurl() { command curl --fail-with-body "$@"; }\n${script}`;
    const { stdout } = await run('bash', ['-c', strict], { cwd: PROJECT, maxBuffer: 2 ** 26 });
    output += stdout;
    operationId = /"operationId":\s*(\d+)/.exec(stdout)?.[1] ?? operationId;
    answers.push(stdout);
  }
  // a day of minutes went in, an hour of them was deleted, and the same hour came back
  expect(output).toMatch(/"received":\s*1440\b/);
  expect(output.match(/"affected":\s*60\b/g)?.length).toBeGreaterThanOrEqual(2);
  expect(answers.at(-1)).toMatch(/"kind":\s*"restoration"/);
});
