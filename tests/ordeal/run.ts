import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * `npm run faults`: injects more faults than the end-to-end tests. After a difference, it searches for the shortest list of
 * faults that still causes one. `--faults LIST` repeats such a list.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    backend: { type: 'string', default: 'pg' },
    faults: { type: 'string' },
    'shrink-minutes': { type: 'string', default: '15' },
  },
});
const what: Record<string, string> =
  values.faults === undefined ? { FAULTS_RUNS: values.runs } : { FAULTS_LIST: values.faults };
console.log(`faults: ${values.faults ?? values.runs}, seed: ${values.seed}, backend: ${values.backend}`);
const { status } = spawnSync(
  'vitest',
  ['run', '--config', 'tests/e2e/vitest.config.ts', 'tests/e2e/faults.test.ts', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...what,
      FAULTS_SEED: values.seed,
      FAULTS_BACKEND: values.backend,
      FAULTS_SHRINK_MINUTES: values.faults === undefined ? values['shrink-minutes'] : '0',
    },
  },
);
process.exitCode = status ?? 1;
