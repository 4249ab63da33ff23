import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';
import { useRunDirectory } from '../support/run-directory.ts';
import { PAGER_IN_REAL_TIME, REPORT } from '../support/vitest-options.ts';

// on a disk: what hours of faults leave would take up memory
useRunDirectory(tmpdir());

const SERVERS = {
  globalSetup: 'tests/support/global-setup.ts',
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/**
 * Tests that take real time: `npm start` as a person runs it, drills and faults that last, a pager whose recipients fail.
 * And the largest batches, pages and operations on the slowest backend: its driver sends and fetches in pieces what one call
 * has no room for. `npm run test:e2e`.
 */
export default defineConfig({
  test: {
    ...REPORT('test-e2e-report.json'),
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...SERVERS,
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts', 'lib/local-cloud/tests/e2e/*.test.ts'],
          provide: { backend: 'pg' },
        },
      },
      {
        test: {
          ...SERVERS,
          name: 'e2e data-api',
          testTimeout: 90_000,
          include: ['tests/integration/*-volume.test.ts'],
          provide: { backend: 'data-api' },
        },
      },
      {
        test: {
          name: 'e2e pager',
          include: [PAGER_IN_REAL_TIME],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
