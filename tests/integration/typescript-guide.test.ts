import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROJECT = join(import.meta.dirname, '..', '..');
const GUIDE = readFileSync(join(PROJECT, 'docs/guides/send-ticks-from-an-application.md'), 'utf8');

/** What the examples assume. */
const ASSUMED = `import type { Client } from './lib/client/index.ts';
declare global {
  const feed: { on(event: 'tick', take: (tick: { time: string; symbol: string; price: number; size: number }) => void): void };
  const session: { accessToken(): Promise<string> };
  const signal: AbortSignal;
  const url: string;
}
`;

test('every TypeScript example of the guide compiles', { timeout: 60_000 }, async () => {
  const blocks = [...GUIDE.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(blocks.length).toBeGreaterThan(3);
  // inside the project, so that its packages resolve
  const directory = join(PROJECT, '.tick-store', `guide-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  try {
    const files = blocks.map((code, i) => {
      const file = join(directory, `example-${i}.ts`);
      writeFileSync(file, withImports(code));
      return file;
    });
    const assumed = join(directory, 'assumed.d.ts');
    writeFileSync(assumed, ASSUMED.replaceAll('./lib/', '../../lib/'));
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--target',
      'esnext',
      '--module',
      'nodenext',
      '--skipLibCheck',
      '--allowImportingTsExtensions',
      '--types',
      'node',
    ];
    const tsc = promisify(execFile)(
      process.execPath,
      [join(PROJECT, 'node_modules/typescript/bin/tsc'), ...options, assumed, ...files],
      { cwd: PROJECT },
    );
    const output = await tsc.then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
    expect(output).toBe('');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** An example that continues an earlier one has no imports. */
function withImports(code: string): string {
  const rest = code.includes('import ')
    ? ''
    : "import { createClient, TickStoreProblem } from './lib/client/index.ts';\nconst client = createClient({ url });\n";
  const records = code.includes('records') ? 'declare const records: { timestamp: string; price: number }[];\n' : '';
  return `${rest}${code}\n${records}export {};\n`.replaceAll('./lib/', '../../lib/');
}
