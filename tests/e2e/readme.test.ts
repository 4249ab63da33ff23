import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { PROJECT, shellFences } from '../support/documented-commands.ts';
import { startAsCommand } from '../support/start-as-command.ts';

const run = promisify(execFile);

test('the commands of the README work in their order', { timeout: 120_000 }, async () => {
  const fences = shellFences('README.md').filter((commands) => commands.includes('curl '));
  expect(fences.length).toBeGreaterThanOrEqual(3);
  const { url, stop } = await startAsCommand();
  onTestFinished(stop);
  let output = '';
  let operationId = '';
  const outputs: string[] = [];
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
    outputs.push(stdout);
  }
  // a day of minutes went in, an hour of them was deleted, and the same hour came back
  expect(output).toMatch(/"received":\s*1440\b/);
  expect(output.match(/"affected":\s*60\b/g)?.length).toBeGreaterThanOrEqual(2);
  expect(outputs.at(-1)).toMatch(/"kind":\s*"restoration"/);
});
