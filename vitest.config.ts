import { defineConfig } from 'vitest/config';

const INFRASTRUCTURE = 'tests/infrastructure/**/*.test.ts';

/**
 * What no client may tell a backend by, so it runs on each. Left to `service` are the tests
 * - of what ends before the database: http-contract, ingest-bodies, config, openapi, and all of unit/;
 * - of one driver or endpoint, or of all side by side: pg-*, neon-*, data-api-*, backends-*;
 * - of the schema and how it comes about, which the owner does by himself: schema, migrations, migrate-on-deploy,
 *   partition-pruning, pooler-contract;
 * - of the local servers, and of faults in them: http-api, local-*, npm-start, and all of faults/.
 */
const BACKEND_INDEPENDENT = [
  'alert-logs',
  'archive',
  'archive-races',
  'function-metrics',
  'health',
  'ingest-alert-logs',
  'ingest-atomic',
  'ingest-basics',
  'ingest-concurrency',
  'ingest-errors',
  'ingest-idempotency',
  'ingest-large',
  'ingest-one-timestamp',
  'ingest-outcomes',
  'ingest-round-trip',
  'ingest-stale-references',
  'ingest-values',
  'lost-answers',
  'operations-delete',
  'operations-races',
  'operations-refused',
  'operations-restore',
  'partition-races',
  'partitions',
  'read-market-data',
  'read-paging',
  'reference-data',
  'retry-after-commit',
];

/** What every project that runs the service has. */
const service = {
  globalSetup: 'tests/support/global-setup.ts',
  // each file in a process of its own: handlers read their environment when they load
  pool: 'forks',
  maxWorkers: 2,
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    // the gate reads the counts from the report
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tick-store/test-report.json' },
    projects: [
      {
        test: {
          ...service,
          name: 'service',
          include: ['tests/**/*.test.ts', 'lib/local-cloud/tests/**/*.test.ts'],
          exclude: [INFRASTRUCTURE],
          provide: { backend: 'pg' },
          sequence: { groupOrder: 0 },
        },
      },
      ...(['neon', 'data-api'] as const).map((backend, index) => ({
        test: {
          ...service,
          name: backend,
          include: BACKEND_INDEPENDENT.map((name) => `tests/integration/${name}.test.ts`),
          provide: { backend },
          sequence: { groupOrder: 1 + index },
        },
      })),
      {
        test: {
          name: 'infrastructure',
          include: [INFRASTRUCTURE],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          // one process that keeps its modules: CDK is loaded and each backend synthesised once for all files
          pool: 'forks',
          isolate: false,
          maxWorkers: 1,
          // after the service's, which measure nothing but share the two cores
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
