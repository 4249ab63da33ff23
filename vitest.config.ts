import { defineConfig } from 'vitest/config';
import { ProjectSequencer } from './tests/support/project-sequencer.ts';

/**
 * What no client may tell a backend by, so it runs on each. Left to `integration` are the tests
 * - of what ends before the database: http-contract, ingest-bodies, config, openapi;
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
].map((name) => `tests/integration/${name}.test.ts`);

/** Workers that stay, so that each loads the functions and their libraries once for all of its files. */
const WORKERS = { pool: 'forks', isolate: false, maxWorkers: 2 } as const;

/** Tests of the service, on one database backend. All such projects share one Postgres and one PgBouncer. */
const service = (name: string, include: string[], backend: 'pg' | 'neon' | 'data-api') => ({
  test: {
    ...WORKERS,
    name,
    include,
    provide: { backend },
    globalSetup: 'tests/support/global-setup.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({
  test: {
    // the gate reads the counts from the report
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.tick-store/test-report.json' },
    sequence: { sequencer: ProjectSequencer },
    projects: [
      {
        test: {
          ...WORKERS,
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          ...WORKERS,
          name: 'infrastructure',
          include: ['tests/infrastructure/**/*.test.ts'],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      service('integration', ['tests/integration/**/*.test.ts', 'tests/faults/**/*.test.ts'], 'pg'),
      service('neon', BACKEND_INDEPENDENT, 'neon'),
      service('data-api', BACKEND_INDEPENDENT, 'data-api'),
    ],
  },
});
