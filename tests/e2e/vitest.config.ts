import { defineConfig } from 'vitest/config';
import { REPORT } from '../support/vitest-options.ts';

/** Tests that take real time: `npm start` as a person runs it, drills and faults that last. `npm run test:e2e`. */
export default defineConfig({
  test: {
    ...REPORT('test-e2e-report.json'),
    name: 'e2e',
    include: ['tests/e2e/**/*.test.ts', 'lib/local-cloud/tests/e2e/*.test.ts'],
    provide: { backend: 'pg' },
    globalSetup: 'tests/support/global-setup.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
