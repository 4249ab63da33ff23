import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { AT_ONCE } from './run-histories.ts';

/** `npm run model`: histories against the model, more than the suite runs. */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    backend: { type: 'string', default: 'pg' },
    from: { type: 'string', default: '0' },
    'shrink-minutes': { type: 'string', default: '10' },
    'at-once': { type: 'string', default: String(AT_ONCE) },
  },
});
const project = values.backend === 'pg' ? 'integration' : values.backend;
console.log(`histories: ${values.runs}, seed: ${values.seed}, backend: ${values.backend}`);
const { status } = spawnSync(
  'vitest',
  ['run', '--project', project, 'tests/integration/model-histories.test.ts', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      MODEL_RUNS: values.runs,
      MODEL_SEED: values.seed,
      MODEL_FROM: values.from,
      MODEL_SHRINK_MINUTES: values['shrink-minutes'],
      MODEL_AT_ONCE: values['at-once'],
    },
  },
);
process.exitCode = status ?? 1;
