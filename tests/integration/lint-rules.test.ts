import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { importRules } from '../../bin/lint-rules/import-rules.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const BIOME = join(PROJECT, 'node_modules/@biomejs/biome/bin/biome');
const CONFIGURATION = ['biome.json', 'bin/lint-rules/import-rules.json'];

const OUTSIDE = 'functions/ knows nothing of where it runs';
const TESTS = 'nothing imports tests/';
const ENTRY = 'an entry is named by its path, never imported';
const ANALYSE = 'analyse-sample.ts imports nothing that asks or waits';
const STORE_CLIENT = 'the client depends on nothing else in this repository';
const CLOUD = 'lib/local-cloud knows nothing of the product';
const CLOUD_NAME = 'the local cloud is imported by its name';
const CLOUD_USER = 'only bin/local.ts, lib/local and tests import the local cloud';
const DEVELOPMENT = 'the stack knows nothing of the service';
const folder = (name: string) => `functions/${name} imports lower folders`;

const FORBIDDEN: readonly [path: string, source: string, message: string][] = [
  ['functions/contract/x.ts', 'pg', folder('contract')],
  ['functions/contract/x.ts', '../database/database.ts', folder('contract')],
  ['functions/contract/x.ts', '../../lib/config/schema.ts', folder('contract')],
  ['functions/contract/x.ts', 'node:fs', folder('contract')],
  ['functions/runtime/x.ts', '../database/database.ts', folder('runtime')],
  ['functions/database/x.ts', './drivers/postgres/postgres-pool.ts', folder('database')],
  ['functions/database/x.ts', 'pg', folder('database')],
  [
    'functions/database/drivers/postgres/x.ts',
    '../../../market-data/read-ticks.ts',
    folder('database/drivers/postgres'),
  ],
  ['functions/database/drivers/postgres/x.ts', '../../../runtime/logger.ts', folder('database/drivers/postgres')],
  ['functions/database/drivers/data-api/x.ts', '../postgres/postgres-pool.ts', folder('database/drivers/data-api')],
  ['functions/ledger/x.ts', '../ingest/ingest-batch.ts', folder('ledger')],
  ['functions/ingest/x.ts', '../operations/run-operation.ts', folder('ingest')],
  ['functions/market-data/x.ts', '../alert-logs/read-alert-logs.ts', folder('market-data')],
  ['functions/market-data/x.ts', '../database/drivers/postgres/postgres-pool.ts', folder('market-data')],
  ['functions/market-data/x.ts', 'pg', folder('market-data')],
  ['functions/market-data/sql/x.ts', '../read-ticks.ts', folder('market-data/sql')],
  ['functions/operations/sql/x.ts', 'pg', folder('operations/sql')],
  ['functions/ingest/sql/x.ts', '../../database/errors/x.ts', folder('ingest/sql')],
  ['functions/http/x.ts', '@aws-sdk/client-rds-data', folder('http')],
  ['functions/http/x.ts', '../services.ts', folder('http')],
  ['functions/http/x.ts', 'node:http', folder('http')],
  ['functions/health/x.ts', '../services.ts', folder('health')],
  ['functions/health/x.ts', 'aws-cdk-lib/aws-lambda', folder('health')],
  ['functions/health/x.ts', '../../tests/support/ticks.ts', folder('health')],
  ['functions/x.ts', 'pg-copy-streams', folder('.')],
  ['functions/x.ts', './read.ts', folder('.')],
  ['functions/x.ts', '../lib/local/start-service.ts', folder('.')],
  // a folder that the dependency order does not list yet
  ['functions/new/x.ts', '../../bin/local.ts', OUTSIDE],
  ['functions/new/x.ts', '../../infra.config.ts', OUTSIDE],
  ['functions/new/x.ts', 'constructs', OUTSIDE],
  ['functions/new/x.ts', '../../tests/support/ticks.ts', TESTS],
  ['functions/health/analyse-sample.ts', '../database/database.ts', ANALYSE],
  ['functions/health/analyse-sample.ts', './take-sample.ts', ANALYSE],
  ['functions/health/analyse-sample.ts', 'node:timers/promises', ANALYSE],
  ['lib/local/x.ts', '../../tests/support/ticks.ts', TESTS],
  ['lib/local/x.ts', '../../functions/read.ts', ENTRY],
  ['lib/local-cloud/lambda/x.ts', '../../../functions/contract/problem.ts', CLOUD],
  ['lib/local-cloud/lambda/x.ts', '../../config/schema.ts', CLOUD],
  ['lib/local-cloud/x.ts', '../constructs/shared/names.ts', CLOUD],
  ['lib/local-cloud/x.ts', '../../cdk.json', CLOUD],
  ['lib/local-cloud/x.ts', '../../infra.config.ts', CLOUD],
  ['lib/local-cloud/x.ts', 'aws-cdk-lib', CLOUD],
  ['lib/local-cloud/tests/x.test.ts', '../../local/start-service.ts', CLOUD],
  ['lib/local/x.ts', '../local-cloud/servers/postgres.ts', CLOUD_NAME],
  ['bin/local.ts', '../lib/local-cloud/index.ts', CLOUD_NAME],
  ['tests/integration/x.test.ts', '../../lib/local-cloud/servers/postgres.ts', CLOUD_NAME],
  ['lib/drills/x.ts', '@tick-store/local-cloud', CLOUD_USER],
  ['lib/constructs/x.ts', '@tick-store/local-cloud', CLOUD_USER],
  ['lib/cli/x.ts', '@tick-store/local-cloud', CLOUD_USER],
  ['bin/x.ts', '@tick-store/local-cloud', CLOUD_USER],
  ['lib/constructs/x.ts', '../local/start-service.ts', DEVELOPMENT],
  ['lib/drills/x.ts', '../local/start-service.ts', DEVELOPMENT],
  ['lib/constructs/shared/x.ts', '../database/aurora.ts', 'lib/constructs/shared imports no folder'],
  ['lib/constructs/alarms/x.ts', '../dashboard.ts', 'lib/constructs/alarms imports shared'],
  ['lib/constructs/database/x.ts', '../functions/functions.ts', 'lib/constructs/database imports shared'],
  ['lib/constructs/functions/x.ts', '../alarms/alarms.ts', 'lib/constructs/functions imports shared, database'],
  ['lib/config/x.ts', '../constructs/shared/names.ts', 'lib/config knows nothing of the stack'],
  ['bin/x.ts', '../tests/support/ticks.ts', TESTS],
  ['lib/client/x.ts', '../../functions/contract/problem.ts', STORE_CLIENT],
  ['lib/client/x.ts', 'node:fs', STORE_CLIENT],
  ['lib/client/x.ts', './spool/spool.ts', STORE_CLIENT],
  ['lib/client/requests/x.ts', '../sender/sender.ts', STORE_CLIENT],
  ['lib/client/sender/x.ts', 'node:crypto', STORE_CLIENT],
  ['lib/client/sender/x.ts', '../index.ts', STORE_CLIENT],
  ['lib/client/spool/x.ts', '../../local/seed-instruments.ts', STORE_CLIENT],
];

const ALLOWED: readonly [path: string, source: string][] = [
  ['functions/contract/x.ts', 'zod'],
  ['functions/contract/x.ts', './problem.ts'],
  ['functions/database/drivers/postgres/x.ts', 'pg'],
  ['functions/database/drivers/postgres/x.ts', '../../errors.ts'],
  ['functions/database/drivers/postgres/x.ts', 'node:stream/promises'],
  ['functions/database/drivers/neon/x.ts', '@neondatabase/serverless'],
  ['functions/database/connect/x.ts', '../drivers/neon/neon-database.ts'],
  ['functions/ingest/x.ts', '../contract/dialect.ts'],
  ['functions/market-data/sql/x.ts', '../../database/database.ts'],
  ['functions/market-data/sql/x.ts', '../../contract/market-data.ts'],
  ['functions/market-data/sql/x.ts', '../../ledger/sql/batch-ledger.ts'],
  ['functions/operations/sql/x.ts', './select-rows.ts'],
  ['functions/market-data/x.ts', './sql/select-ticks.ts'],
  ['functions/market-data/x.ts', '../database/database.ts'],
  ['functions/health/x.ts', '../market-data/sql/select-ticks.ts'],
  ['functions/health/analyse-sample.ts', '../contract/problem.ts'],
  ['functions/x.ts', './services.ts'],
  ['lib/constructs/functions/x.ts', '../database/network.ts'],
  ['lib/constructs/alarms/x.ts', '../shared/names.ts'],
  ['lib/constructs/x.ts', './alarms/alarms.ts'],
  ['lib/local/x.ts', '../../functions/contract/routes.ts'],
  ['lib/local/x.ts', '@tick-store/local-cloud'],
  ['bin/local.ts', '@tick-store/local-cloud'],
  ['tests/integration/x.test.ts', '@tick-store/local-cloud'],
  ['lib/local-cloud/lambda/x.ts', '../servers/child-process.ts'],
  ['lib/local-cloud/tests/servers/x.test.ts', '../../servers/postgres.ts'],
  ['lib/local-cloud/tests/x.test.ts', '../lambda/function-log.ts'],
  ['tests/unit/x.test.ts', '../../lib/local/start-service.ts'],
  ['lib/client/requests/x.ts', 'aws4fetch'],
  ['lib/client/x.ts', './sender/sender.ts'],
  ['lib/client/sender/x.ts', '../requests/client.ts'],
  ['lib/client/spool/x.ts', 'node:fs'],
];

/** The linter's messages for each import, unordered, keyed by `path source`. An import can violate two rules. */
const said = new Map<string, string[]>();

/** Lints a project that contains our configuration and only these imports, one per line. */
beforeAll(async () => {
  const project = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    for (const file of CONFIGURATION) await cp(join(PROJECT, file), join(project, file), { recursive: true });
    const sources = Map.groupBy([...FORBIDDEN, ...ALLOWED], ([path]) => path);
    for (const [path, cases] of sources) {
      await mkdir(join(project, dirname(path)), { recursive: true });
      await writeFile(
        join(project, path),
        cases.map(([, source], i) => `import * as x${i} from '${source}';\n`).join(''),
      );
    }
    for (const { category, message, location } of await diagnostics(project)) {
      if (category !== 'lint/style/noRestrictedImports') continue;
      const [path, source] = sources.get(location.path)?.[location.start.line - 1] ?? [];
      const key = `${path} ${source}`;
      said.set(key, [...(said.get(key) ?? []), message]);
    }
  } finally {
    await rm(project, { recursive: true });
  }
}, 60_000);

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

function diagnostics(project: string): Promise<Diagnostic[]> {
  // there is no .gitignore to use
  const options = ['--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [BIOME, 'lint', ...options, '.'], { cwd: project }, (_error, stdout, stderr) => {
      if (!stdout.startsWith('{')) reject(new Error(stderr));
      else resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
    });
  });
}

test.each(FORBIDDEN)('%s may not import %s', (path, source, message) => {
  expect(said.get(`${path} ${source}`)).toContainEqual(expect.stringContaining(message));
});

test.each(ALLOWED)('%s may import %s', (path, source) => {
  expect(said.get(`${path} ${source}`)).toBeUndefined();
});

test('the rules are those that `npm run lint-rules` writes', async () => {
  const written = JSON.parse(await readFile(join(PROJECT, 'bin/lint-rules/import-rules.json'), 'utf8'));
  expect(written).toEqual({ overrides: importRules() });
});
