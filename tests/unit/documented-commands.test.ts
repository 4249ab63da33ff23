import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT, shellFences } from '../support/documented-commands.ts';

const BUILT_IN = new Set([
  'start',
  'test',
  'ci',
  'install',
  'version',
  'view',
  'audit',
  'pack',
  'exec',
  'init',
  'publish',
  'link',
]);
const pages = [
  ...readdirSync(PROJECT),
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
].filter((name) => name.endsWith('.md'));

describe.each(pages)('%s', (page) => {
  test('names only npm scripts that exist', () => {
    const text = readFileSync(join(PROJECT, page), 'utf8');
    const named = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in packageJson.scripts))).toEqual([]);
    const short = [...text.matchAll(/(?:^|`|&& )npm ([a-z]+)\b/gm)].map(([, command = '']) => command);
    expect(short.filter((command) => command !== 'run' && !BUILT_IN.has(command))).toEqual([]);
  });
});

test('the README starts, tests and deploys with commands of this project', () => {
  const commands = shellFences('README.md').join('\n');
  for (const command of ['npm ci && npm start', 'npm ci && npm test', 'npx cdk synth'])
    expect(commands).toContain(command);
});
