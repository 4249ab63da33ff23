import { defineConfig } from 'vitest/config';
import { REPORT } from './tests/support/vitest-options.ts';

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
  'ingest-bars',
  'ingest-basics',
  'ingest-concurrency',
  'ingest-errors',
  'ingest-idempotency',
  'ingest-large',
  'ingest-one-timestamp',
  'ingest-packets',
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
  'read-order',
  'read-paging',
  'reference-data',
  'retry-after-commit',
].map((name) => `tests/integration/${name}.test.ts`);

/** Tests of the service, on one database backend. All such projects share one Postgres and one PgBouncer. */
const service = (name: string, include: string[], backend: 'pg' | 'neon' | 'data-api') => ({
  test: {
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
    ...REPORT('test-report.json'),
    // workers that stay: each loads the functions, CDK and their libraries once for all files that it takes of a project
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    coverage: { include: ['functions/**/*.ts', 'lib/**/*.ts', 'bin/**/*.ts'], exclude: ['lib/console/page/**'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts', 'lib/local-cloud/tests/*.test.ts'],
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: ['tests/infrastructure/**/*.test.ts'],
          globalSetup: ['tests/infrastructure/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      service(
        'integration',
        ['tests/integration/**/*.test.ts', 'tests/faults/**/*.test.ts', 'lib/local-cloud/tests/servers/*.test.ts'],
        'pg',
      ),
      service('neon', BACKEND_INDEPENDENT, 'neon'),
      service('data-api', BACKEND_INDEPENDENT, 'data-api'),
    ],
  },
});
