import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from './backends/backends.ts';

/** The variables that the functions need to load. Nothing connects to these addresses. */
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
 * Fills Node's compile cache in `directory` with the functions of a backend, because otherwise every process compiles them from
 * TypeScript: 335 ms of processor time without the cache, 152 ms with it. Node writes the cache when a process exits by itself,
 * which a killed process does not. So one process loads them all beforehand, once per run.
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
 * Lets the processes that this one starts, above all the workers, share the code that Node has compiled. Otherwise every worker
 * and every command would compile the same files, which takes a second of processor time each. The cache is for this run only,
 * because tests are loaded under another name in every run. `npm run coverage` does not use it, because V8 counts cached code
 * less exactly.
 */
export function shareCompiledCode(): void {
  if (process.argv.includes('--coverage')) return;
  process.env['NODE_COMPILE_CACHE'] = mkdtempSync(join(tmpdir(), 'compiled-'));
}
