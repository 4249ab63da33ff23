import { defineConfig } from 'vitest/config';
import { shareCompiledCode } from './tests/support/compile-cache.ts';
import { parentInMemory, useRunDirectory } from './tests/support/run-directory.ts';
import { NATIVE, PAGER_IN_REAL_TIME, PATIENT, REPORT } from './tests/support/vitest-options.ts';

useRunDirectory(parentInMemory());
shareCompiledCode();

/**
 * What a client must not be able to tell a database backend by, so it runs on each. `integration` alone has the tests
 * - of what ends before the database: http-contract, ingest-bodies, ingest-inputs, ingest-refused-inputs, config, openapi;
 * - of one driver or endpoint, or of all in comparison: pg-*, neon-*, data-api-*, backends-*;
 * - of the schema and how it comes about, which the owner does: schema, migrations, migrate-on-deploy, *-privileges,
 *   partition-pruning, pooler-contract;
 * - of what the SQL does, which is one for all: *-races, ingest-concurrency, ingest-one-timestamp, operations-large, *-volume;
 * - of the local servers, and of faults in them: http-api, local-*, and all of faults/.
 * A driver's own limits are tested with that driver; those of the Data API, which are slow, in tests/e2e.
 */
const EVERY_BACKEND = [
  'alert-logs',
  'as-of',
  'corrections',
  'row-history',
  'bars',
  'coverage',
  'archive',
  'function-metrics',
  'function-start',
  'health',
  'health-statistics',
  'ingest-alert-logs',
  'ingest-atomic',
  'ingest-bars',
  'ingest-basics',
  'ingest-errors',
  'ingest-idempotency',
  'ingest-key-in-progress',
  'ingest-outcomes',
  'ingest-packets',
  'ingest-round-trip',
  'ingest-stale-references',
  'ingest-values',
  'lost-responses',
  'model-histories',
  'operations-delete',
  'operations-later-deletions',
  'operations-steps',
  'operations-refused',
  'operations-restore',
  'partitions',
  'read-market-data',
  'read-order',
  'read-paging',
  'reference-data',
  'reference-changes',
  'reference-conditions',
  'retention',
  'retry-after-commit',
  'rollups',
  'smoke-run',
  'create-instruments',
  'refused-batches',
].map((name) => `tests/integration/${name}.test.ts`);

/** Tests of the service, on one database backend. All such projects share one Postgres and one PgBouncer. */
const service = (name: string, include: string[], backend: 'pg' | 'neon' | 'data-api') => ({
  test: {
    name,
    include,
    provide: { backend },
    globalSetup: 'tests/support/global-setup.ts',
    // over ten times what the slowest takes on a quiet machine: a busy one must not fail it
    testTimeout: 90_000,
    hookTimeout: 90_000,
    ...PATIENT,
  },
});

export default defineConfig({
  test: {
    ...REPORT('test-report.json'),
    ...NATIVE,
    // four workers on two cores, because half of the time of a test goes by in waiting
    // workers that stay: each loads the functions, CDK and their libraries once for all files that it takes of a project
    pool: 'forks',
    isolate: false,
    maxWorkers: 4,
    coverage: { include: ['functions/**/*.ts', 'lib/**/*.ts', 'bin/**/*.ts'], exclude: ['lib/console/page/**'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts', 'lib/local-cloud/tests/*.test.ts'],
          testTimeout: 20_000,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: ['tests/infrastructure/**/*.test.ts'],
          exclude: [PAGER_IN_REAL_TIME],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...PATIENT,
        },
      },
      service(
        'integration',
        ['tests/integration/**/*.test.ts', 'tests/faults/**/*.test.ts', 'lib/local-cloud/tests/servers/*.test.ts'],
        'pg',
      ),
      service('neon', EVERY_BACKEND, 'neon'),
      service('data-api', EVERY_BACKEND, 'data-api'),
    ],
  },
});
