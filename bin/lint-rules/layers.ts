/**
 * The folders of `functions/`, lowest first. A folder may import from those above it in this list and from itself.
 * Folders in one row may not import each other. `docs/design.md` shows the same order, `biome.json` enforces it file by
 * file (`npm run lint-rules` generates its rules from here), and `tests/integration/lint-rules.test.ts` checks that all
 * three agree.
 */

/** One folder and what it may import. */
export interface Layer {
  /** Below `functions/`; `.` is that folder itself, with the entries and `services.ts`. */
  readonly folder: string;
  /** The folders that it may import from, if not every lower one. */
  readonly imports?: readonly string[];
  /** The npm packages it may import. */
  readonly packages?: readonly string[];
}

/** What a database statement is built from: record definitions, their column lists, and the port's types. */
const SQL = ['contract', 'database', 'records'];
const BATCH_SQL = [...SQL, 'ledger', 'ledger/sql', 'ingest'];
/** What every driver may import: the port, errors, retries, and code that drivers share. */
const DRIVER = ['database', 'database/drivers'];

/** The rows of the order, lowest first. */
export const LAYERS: readonly (readonly Layer[])[] = [
  [{ folder: 'contract', imports: [], packages: ['zod'] }],
  [{ folder: 'site', imports: [], packages: ['aws-lambda'] }],
  [{ folder: 'runtime', packages: ['zod', '@aws-lambda-powertools/logger', '@middy/core', 'aws-lambda'] }],
  [{ folder: 'aws', imports: [], packages: ['aws4'] }],
  [{ folder: 'database', imports: [] }],
  [{ folder: 'database/drivers', imports: ['database'] }],
  [{ folder: 'database/drivers/postgres', imports: DRIVER, packages: ['pg', 'pg-copy-streams'] }],
  [
    {
      folder: 'database/drivers/neon',
      imports: [...DRIVER, 'database/drivers/postgres'],
      packages: ['@neondatabase/serverless', 'pg'],
    },
    { folder: 'database/drivers/data-api', imports: DRIVER, packages: ['@aws-sdk/client-rds-data'] },
  ],
  [
    {
      folder: 'database/connect',
      imports: [
        'contract',
        'aws',
        'runtime',
        'database',
        'database/drivers/postgres',
        'database/drivers/neon',
        'database/drivers/data-api',
      ],
      packages: ['zod', 'aws4'],
    },
  ],
  [{ folder: 'metrics', packages: ['@middy/core', 'aws-lambda'] }],
  [{ folder: 'paging', imports: ['contract', 'runtime', 'aws', 'metrics'], packages: ['zod'] }],
  [{ folder: 'records', imports: ['contract'] }],
  [{ folder: 'ledger/sql', imports: SQL }],
  [{ folder: 'ledger' }],
  [{ folder: 'partitions/sql', imports: SQL }],
  [{ folder: 'partitions' }],
  [{ folder: 'reference-data/sql', imports: SQL }],
  [{ folder: 'reference-data' }],
  [{ folder: 'rollups/sql', imports: SQL }],
  [{ folder: 'rollups' }],
  [
    { folder: 'bars/sql', imports: [...SQL, 'ledger/sql', 'rollups/sql'] },
    { folder: 'coverage/sql', imports: [...SQL, 'ledger/sql', 'rollups/sql'] },
  ],
  [{ folder: 'bars' }, { folder: 'coverage' }],
  [{ folder: 'ingest/sql', imports: [...SQL, 'ledger', 'ledger/sql'] }],
  [{ folder: 'ingest' }],
  [
    { folder: 'market-data/sql', imports: [...BATCH_SQL, 'rollups/sql'] },
    { folder: 'alert-logs/sql', imports: BATCH_SQL },
  ],
  [{ folder: 'market-data' }, { folder: 'alert-logs' }],
  [{ folder: 'operations/sql', imports: [...SQL, 'ledger', 'ledger/sql'] }],
  [{ folder: 'operations' }],
  [{ folder: 'health/sql', imports: SQL }],
  [{ folder: 'health', packages: ['@aws-sdk/client-cloudwatch', 'zod'] }],
  [{ folder: 'config', packages: ['zod'] }],
  [{ folder: 'deploy/sql', imports: [...SQL, 'ledger/sql'] }],
  [{ folder: 'deploy', packages: ['zod'] }],
  [{ folder: 'http', packages: ['@middy/core', 'aws-lambda', 'zod'] }],
  [{ folder: '.', packages: ['@middy/core', 'aws-lambda'] }],
];

/** Only these may import a driver: the code that connects, and the deployment's owner connection. */
const CONNECTS = ['database/connect', 'deploy'];

/** Every folder with all that it may import from. */
export const ALLOWED: readonly Required<Layer>[] = LAYERS.flatMap((row, at) => {
  const lower = LAYERS.slice(0, at).flatMap((below) => below.map(({ folder }) => folder));
  return row.map(({ folder, packages = [], imports }) => ({
    folder,
    packages,
    imports: imports ?? lower.filter((below) => !below.startsWith('database/drivers') || CONNECTS.includes(folder)),
  }));
});
