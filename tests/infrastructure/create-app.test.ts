import { existsSync, globSync, readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { createApp } from '../../lib/constructs/shared/create-app.ts';
import { createApp as createTestApp } from './support/stacks.ts';

const PROJECT = new URL('../../', import.meta.url);

test('a script that the CDK CLI has not started leaves no assembly behind', () => {
  const before = new Set(process.listeners('exit'));
  const { outdir } = createApp();
  expect(existsSync(outdir)).toBe(true);

  const added = process.listeners('exit').filter((listener) => !before.has(listener));
  for (const listener of added) {
    listener(0);
    process.off('exit', listener);
  }

  expect(existsSync(outdir)).toBe(false);
});

test('started by the CDK CLI, the assembly is where the CLI expects it', () => {
  const { directory } = createTestApp();
  process.env['CDK_OUTDIR'] = directory;
  try {
    expect(createApp().outdir).toBe(directory);
  } finally {
    delete process.env['CDK_OUTDIR'];
  }
});

test('no script creates an app in another way', () => {
  const sources = globSync('bin/**/*.ts', { cwd: PROJECT }).map((name) => readFileSync(new URL(name, PROJECT), 'utf8'));
  expect(sources.filter((source) => source.includes('createApp(')).length).toBeGreaterThan(0);
  expect(sources.filter((source) => new RegExp(`new ${App.name}\\(`).test(source))).toEqual([]);
});
