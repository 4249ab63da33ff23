import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** `npm run fuzz`: more fuzzed requests than the suite sends. */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    backend: { type: 'string', default: 'pg' },
  },
});
const project = values.backend === 'pg' ? 'integration' : values.backend;
console.log(`requests: ${values.runs}, seed: ${values.seed}, backend: ${values.backend}`);
const { status } = spawnSync(
  'vitest',
  ['run', '--project', project, 'tests/integration/fuzz.test.ts', '--disable-console-intercept'],
  { stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: values.seed } },
);
process.exitCode = status ?? 1;
