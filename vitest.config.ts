import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    // each file in a process of its own: handlers read their environment when they load
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // the gate reads the counts from the report
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tick-store/test-report.json' },
  },
});
