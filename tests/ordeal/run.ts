import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** `npm run faults`: more faults than the end-to-end tests have. */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    backend: { type: 'string', default: 'pg' },
  },
});
console.log(`faults: ${values.runs}, seed: ${values.seed}, backend: ${values.backend}`);
const { status } = spawnSync(
  'vitest',
  ['run', '--config', 'tests/e2e/vitest.config.ts', 'tests/e2e/faults.test.ts', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULTS_RUNS: values.runs,
      FAULTS_SEED: values.seed,
      FAULTS_BACKEND: values.backend,
    },
  },
);
process.exitCode = status ?? 1;
