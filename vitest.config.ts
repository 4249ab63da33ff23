import { defineConfig } from 'vitest/config';

const INFRASTRUCTURE = 'tests/infrastructure/**/*.test.ts';

export default defineConfig({
  test: {
    // the gate reads the counts from the report
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tick-store/test-report.json' },
    projects: [
      {
        test: {
          name: 'service',
          include: ['tests/**/*.test.ts'],
          exclude: [INFRASTRUCTURE],
          globalSetup: ['tests/support/global-setup.ts'],
          // each file in a process of its own: handlers read their environment when they load
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: [INFRASTRUCTURE],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          // one process that keeps its modules: CDK is loaded and each route synthesised once for all files
          pool: 'forks',
          isolate: false,
          maxWorkers: 1,
          // after the service's, which measure nothing but share the two cores
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
