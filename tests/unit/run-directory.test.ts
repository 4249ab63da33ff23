import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parentInMemory } from '../support/run-directory.ts';

/**
 * Nothing that a run of the tests writes is left on the machine, although vitest ends workers before they clear away
 * what they made.
 */
let parent: string;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'runs-'));
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** A run, which makes a file where programs make temporary ones, and then `ends`. */
const run = (ends: string) => [
  '--input-type=module',
  '-e',
  `import { mkdtempSync } from 'node:fs';
   import { tmpdir } from 'node:os';
   import { join } from 'node:path';
   import { useRunDirectory } from ${JSON.stringify(new URL('../support/run-directory.ts', import.meta.url).href)};
   useRunDirectory(${JSON.stringify(parent)});
   console.log(mkdtempSync(join(tmpdir(), 'left-')));
   ${ends}`,
];

test('the temporary directory of a test is that of the run', () => {
  expect(basename(tmpdir())).toMatch(/^tick-store-run-\d+-\w{6}$/);
});

test('the directory is removed with the run, and the next run removes what a killed run left', async () => {
  const killed = spawn(process.execPath, run('setInterval(() => undefined, 1000);'));
  const [line] = await once(killed.stdout, 'data');
  const left = String(line).trim();
  const others = join(parent, `tick-store-run-${process.pid}-others`);
  mkdirSync(others);
  spawnSync(process.execPath, run(''));
  expect(existsSync(left)).toBe(true);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(existsSync(left)).toBe(true);

  const { stdout } = spawnSync(process.execPath, run(''), { encoding: 'utf8' });

  expect(stdout).toContain(join(parent, 'tick-store-run-'));
  expect(readdirSync(parent)).toEqual([basename(others)]);
});

test('a run does not use memory that does not allow programs', () => {
  const memory = '/memory';
  const mounts = (options: string) => `proc /proc proc rw 0 0\nshm ${memory} tmpfs ${options} 0 0\n`;
  expect(parentInMemory(memory, mounts('rw,nosuid,nodev'))).toBe(memory);
  expect(parentInMemory(memory, '')).toBe(memory);
  expect(parentInMemory(memory, mounts('rw,nosuid,nodev,noexec,size=65536k'))).toBe(tmpdir());
});
