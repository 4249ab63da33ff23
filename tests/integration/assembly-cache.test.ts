import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '@tick-store/local-cloud';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SynthesisOptions, synthesiseApp } from '../../lib/local/synthesise-app.ts';

let project: string;
let directory: string;

/** An app that writes an assembly with one stack, and appends one line per run. */
const APP = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
appendFileSync('runs', process.env.CDK_CONTEXT_JSON + '\\n');
appendFileSync('debuggable', process.env.TICK_STORE_DEBUGGABLE_BUNDLES + '\\n');
const out = process.env.CDK_OUTDIR;
mkdirSync(join(out, 'asset.1'), { recursive: true });
const write = (file, value) => writeFileSync(join(out, file), JSON.stringify(value));
write('manifest.json', { artifacts: {
  'mine': { type: 'aws:cloudformation:stack', properties: { templateFile: 'mine.json' } },
  'mine.assets': { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
  Tree: { type: 'cdk:tree' },
} });
write('mine.json', { Resources: { It: { Type: 'Test::It' } } });
write('assets.json', { files: { 1: { source: { path: 'asset.1' }, destinations: { a: { objectKey: '1.zip' } } } } });
`;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tick-store-assembly-'));
  directory = join(project, 'assemblies');
  const files = {
    'bin/app.ts': APP,
    'cdk.json': '{}',
    'functions/read.ts': '1',
    'infra.config.ts': '1',
    'lib/stack.ts': '1',
    'lib/constructs/deep/in.ts': '1',
    'lib/local/start-service.ts': '1',
    'package.json': '{"type": "module"}',
    'package-lock.json': '{}',
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(join(project, file, '..'), { recursive: true });
  writeFileSync(join(project, file), content);
}

const runs = () => readFileSync(join(project, 'runs'), 'utf8').trimEnd().split('\n');
const synthesise = (options: Partial<SynthesisOptions> = {}) =>
  synthesiseApp({ project, directory, signal: new AbortController().signal, ...options });

describe('an assembly', () => {
  test('is made once from the same content, and describes what is in it', async () => {
    const first = await synthesise();
    const second = await synthesise();
    expect([first.wasCached, second.wasCached]).toEqual([false, true]);
    const assembly = readAssembly(second.directory);
    expect(assembly).toMatchObject({ stack: 'mine', template: { Resources: { It: { Type: 'Test::It' } } } });
    expect(assembly.assets).toEqual(new Map([['1.zip', join(second.directory, 'asset.1')]]));
    expect(runs()).toHaveLength(1);
  });

  test.each([
    ['bin/app.ts'],
    ['cdk.json'],
    ['functions/read.ts'],
    ['infra.config.ts'],
    ['lib/stack.ts'],
    ['lib/constructs/deep/in.ts'],
    ['package.json'],
    ['package-lock.json'],
  ])('is made again when %s changes', async (file) => {
    const before = await synthesise();
    writeFileSync(join(project, file), `${readFileSync(join(project, file), 'utf8')} `);
    const after = await synthesise();
    expect(after.wasCached).toBe(false);
    expect(after.directory).not.toBe(before.directory);
  });

  test('is made again when a file is added or removed, and found again when the inputs are as before', async () => {
    await synthesise();
    write('functions/new.ts', '1');
    expect((await synthesise()).wasCached).toBe(false);
    rmSync(join(project, 'functions/new.ts'));
    expect((await synthesise()).wasCached).toBe(true);
  });

  test('does not depend on the program that makes it', async () => {
    await synthesise();
    write('lib/local/start-service.ts', '2');
    expect((await synthesise()).wasCached).toBe(true);
  });

  test('of another backend is a different one, and the app gets the backend from its context', async () => {
    await synthesise();
    expect((await synthesise({ backend: 'postgres' })).wasCached).toBe(false);
    const contexts = runs().map((line) => JSON.parse(line)['tick-store:database']);
    expect(contexts).toEqual([undefined, 'postgres']);
  });

  test('for a debugger is a different one, with bundles made for it', async () => {
    await synthesise();
    expect((await synthesise({ debuggable: true })).wasCached).toBe(false);
    expect((await synthesise({ debuggable: true })).wasCached).toBe(true);
    expect(readFileSync(join(project, 'debuggable'), 'utf8')).toBe('undefined\ntrue\n');
  });

  test('that fails reports the app’s output, and leaves nothing behind', async () => {
    write('bin/app.ts', `console.error('infra.config.ts is not valid'); process.exitCode = 1;`);
    await expect(synthesise()).rejects.toThrow(/^infra\.config\.ts is not valid$/);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that is cancelled is abandoned', async () => {
    write('bin/app.ts', 'setInterval(() => undefined, 1000);');
    const stop = new AbortController();
    const failed = expect(synthesise({ signal: stop.signal })).rejects.toThrow(/abort/i);
    stop.abort();
    await failed;
    expect(readdirSync(directory)).toEqual([]);
  });

  test('of two starts at once is made once', async () => {
    const [one, two] = await Promise.all([synthesise(), synthesise()]);
    expect(one.directory).toBe(two.directory);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test.each([
    ['manifest.json', (path: string) => writeFileSync(path, '{"artifacts"')],
    ['mine.json', (path: string) => rmSync(path)],
    ['assets.json', (path: string) => writeFileSync(path, '')],
    ['asset.1', (path: string) => rmSync(path, { recursive: true })],
  ])('of which %s was damaged is made again', async (file, damage) => {
    const { directory: path } = await synthesise();
    damage(join(path, file));
    const again = await synthesise();
    expect(again.wasCached).toBe(false);
    const { template, assets } = readAssembly(again.directory);
    expect(template).toEqual({ Resources: { It: { Type: 'Test::It' } } });
    expect(existsSync(assets.get('1.zip') ?? '')).toBe(true);
    expect((await synthesise()).wasCached).toBe(true);
  });

  test('that was removed while in use causes no error when it is touched', async () => {
    const { directory: path, touch } = await synthesise();
    rmSync(path, { recursive: true });
    expect(touch).not.toThrow();
  });

  test('is found while another start is putting it in place', async () => {
    await synthesise();
    // a dangling symlink simulates a draft that was removed between listing the directory and reading the entry
    symlinkSync(join(directory, 'gone'), join(directory, 'draft.new'));
    expect((await synthesise()).wasCached).toBe(true);
  });

  test('that was not used for long is removed, except the newest few', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      write('infra.config.ts', String(count));
      const { directory: path } = await synthesise();
      const usedAt = new Date(Date.now() - (100 - count) * 3_600_000);
      utimesSync(path, usedAt, usedAt);
      made.push(path);
    }
    write('infra.config.ts', 'now');
    const { directory: current } = await synthesise();
    expect([...made, current].map((path) => existsSync(path))).toEqual([
      ...Array(4).fill(false),
      ...Array(4).fill(true),
    ]);
  });
});
