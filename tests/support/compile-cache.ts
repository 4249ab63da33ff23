import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from './backends/backends.ts';

/** Enough for the functions to load; nothing here is connected to. */
const BACKEND_VARIABLES: Record<BackendName, Readonly<Record<string, string>>> = {
  pg: { DATABASE_URL: 'postgres://nobody@127.0.0.1/none' },
  neon: { DATABASE_URL: 'postgres://nobody:none@127.0.0.1/none', NEON_ENDPOINT: 'http://127.0.0.1' },
  'data-api': {
    AWS_REGION: 'local',
    DATABASE_CLUSTER_ARN: 'arn:aws:rds:local:000000000000:cluster:none',
    DATABASE_SECRET_ARN: 'none',
  },
};

const urlOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * Lets Node keep the compiled functions of a backend in `directory`, because every process compiles them from TypeScript:
 * 335 ms of a processor without, 152 ms with it. Node writes the cache when a process ends by itself, which a killed one
 * does not, so one process loads them all beforehand. Does it once per run.
 */
export function warmCompileCache(directory: string, backend: BackendName, functions: readonly string[]): void {
  const mark = join(directory, `${backend}.warm`);
  if (existsSync(mark)) return;
  const modules = functions.map((name) => `await import(${JSON.stringify(urlOf(`functions/${name}.ts`))});`);
  execFileSync(process.execPath, ['--input-type=module', '--eval', `${modules.join('\n')}\nprocess.exit(0);`], {
    env: {
      ...BACKEND_VARIABLES[backend],
      PATH: process.env['PATH'] ?? '',
      DATABASE_DRIVER: backend,
      NODE_COMPILE_CACHE: directory,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(mark, '');
}

/**
 * Has the processes that this one starts, the workers first of all, share what Node has compiled: every worker and every
 * command would compile the same files, for a second of a processor each. For this run only, because tests are
 * loaded under another name in every run. Not for `npm run coverage`: V8 counts less exactly what comes from a cache.
 */
export function shareCompiledCode(): void {
  if (process.argv.includes('--coverage')) return;
  process.env['NODE_COMPILE_CACHE'] = mkdtempSync(join(tmpdir(), 'compiled-'));
}
