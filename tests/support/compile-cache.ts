import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from './backends/backends.ts';
import { fastDirectory } from './fast-directory.ts';

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

/** The directory of a run, with the number of its process. */
const OF_A_RUN = /^tick-store-compiled-(\d+)-/;

/**
 * Has the processes that this one starts, the workers first of all, share what Node has compiled: every worker and every
 * command would compile the same files, for a second of a processor each. For this run only, because tests are
 * loaded under another name in every run. Not for `npm run coverage`: V8 counts less exactly what comes from a cache.
 */
export function shareCompiledCode(): void {
  if (process.argv.includes('--coverage')) return;
  // a worker writes what it has compiled as it ends, which may be after this process: so the next run clears it away, too
  for (const name of readdirSync(fastDirectory())) {
    const [, run] = OF_A_RUN.exec(name) ?? [];
    if (run !== undefined && !isRunning(Number(run))) remove(join(fastDirectory(), name));
  }
  const directory = mkdtempSync(join(fastDirectory(), `tick-store-compiled-${process.pid}-`));
  process.env['NODE_COMPILE_CACHE'] = directory;
  process.on('exit', () => remove(directory));
}

/** Fails where it belongs to another account, or is written to at this moment: then it stays until a later run. */
function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {}
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
