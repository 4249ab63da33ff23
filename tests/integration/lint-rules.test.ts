import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CONFIG = new URL('../../biome.json', import.meta.url);
const BIOME = fileURLToPath(new URL('../../node_modules/@biomejs/biome/bin/biome', import.meta.url));

/** What our linter says of a file at `path` that imports `source`: the only file of a project with our biome.json. */
async function lint(path: string, source: string): Promise<{ passes: boolean; output: string }> {
  const project = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    await cp(CONFIG, join(project, 'biome.json'));
    await mkdir(join(project, dirname(path)), { recursive: true });
    await writeFile(join(project, path), `import * as imported from '${source}';\n\nexport const used = imported;\n`);
    // there is no .gitignore to use
    const args = [BIOME, 'lint', '--colors=off', '--vcs-enabled=false', '--error-on-warnings', '.'];
    return await new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: project }, (error, stdout, stderr) =>
        resolve({ passes: error === null, output: stdout + stderr }),
      );
    });
  } finally {
    await rm(project, { recursive: true });
  }
}

const OUTSIDE = 'functions/ knows nothing of where it runs';
const CLIENT = 'only a driver imports a database client';
const CONTRACT = 'the contract imports zod only';
const SQL = "SQL imports the port's types";
const DRIVER = 'a driver imports the port, errors, retries and its own client';
const ANALYSE = 'analyse.ts imports nothing that asks or waits';
const TESTS = 'nothing imports tests/';
const STORE_CLIENT = 'the client depends on nothing else in this repository';

test.each([
  ['functions/contract/x.ts', 'pg', CONTRACT],
  ['functions/contract/x.ts', '../database/database.ts', CONTRACT],
  ['functions/contract/x.ts', '../../lib/config/schema.ts', CONTRACT],
  ['functions/contract/x.ts', 'node:fs', CONTRACT],
  ['functions/market-data/sql/x.ts', '../read.ts', SQL],
  ['functions/market-data/sql/x.ts', '../../contract/market-data.ts', SQL],
  ['functions/operations/sql/x.ts', 'pg', SQL],
  ['functions/batches/sql/x.ts', '../../database/drivers/pg.ts', SQL],
  ['functions/market-data/x.ts', 'pg', CLIENT],
  ['functions/market-data/x.ts', '@neondatabase/serverless', CLIENT],
  ['functions/http/x.ts', '@aws-sdk/client-rds-data', CLIENT],
  ['functions/database/x.ts', 'pg', CLIENT],
  ['functions/x.ts', 'pg-copy-streams', CLIENT],
  ['functions/x.ts', '../lib/local/start-service.ts', OUTSIDE],
  ['functions/runtime/x.ts', '../../bin/local.ts', OUTSIDE],
  ['functions/runtime/x.ts', '../../infra.config.ts', OUTSIDE],
  ['functions/health/x.ts', 'aws-cdk-lib', OUTSIDE],
  ['functions/health/x.ts', 'aws-cdk-lib/aws-lambda', OUTSIDE],
  ['functions/health/x.ts', 'constructs', OUTSIDE],
  ['functions/http/x.ts', '../support/ticks.ts', TESTS],
  ['functions/database/drivers/x.ts', '../../market-data/read.ts', DRIVER],
  ['functions/database/drivers/x.ts', '../../runtime/logger.ts', DRIVER],
  ['functions/database/drivers/x.ts', '../../../lib/local-cloud/servers/local-database.ts', DRIVER],
  ['functions/health/analyse-sample.ts', '../database/database.ts', ANALYSE],
  ['functions/health/analyse-sample.ts', './probe.ts', ANALYSE],
  ['functions/health/analyse-sample.ts', 'node:timers/promises', ANALYSE],
  ['lib/local/x.ts', '../support/ticks.ts', TESTS],
  ['bin/x.ts', '../tests/support/ticks.ts', TESTS],
  ['lib/client/x.ts', '../../functions/contract/problem.ts', STORE_CLIENT],
  ['lib/client/x.ts', 'node:fs', STORE_CLIENT],
  ['lib/client/x.ts', './spool/spool.ts', STORE_CLIENT],
  ['lib/client/sender/x.ts', 'node:crypto', STORE_CLIENT],
  ['lib/client/spool/x.ts', '../../local/seed-instruments.ts', STORE_CLIENT],
])('%s may not import %s', async (path, source, message) => {
  const { passes, output } = await lint(path, source);
  expect(output).toContain(message);
  expect(passes).toBe(false);
});

test.each([
  ['functions/contract/x.ts', 'zod'],
  ['functions/contract/x.ts', './problem.ts'],
  ['functions/market-data/sql/x.ts', '../../database/database.ts'],
  ['functions/market-data/sql/x.ts', '../../batches/sql/ledger.ts'],
  ['functions/operations/sql/x.ts', './select-rows.ts'],
  ['functions/market-data/x.ts', './sql/read.ts'],
  ['functions/market-data/x.ts', '../database/database.ts'],
  ['functions/market-data/x.ts', '../contract/market-data.ts'],
  ['functions/database/drivers/x.ts', 'pg'],
  ['functions/database/drivers/x.ts', '@neondatabase/serverless'],
  ['functions/database/drivers/x.ts', '../errors.ts'],
  ['functions/database/drivers/x.ts', 'node:stream/promises'],
  ['functions/health/analyse-sample.ts', '../contract/problem.ts'],
  ['lib/local/x.ts', '../../functions/contract/routes.ts'],
  ['tests/unit/x.test.ts', '../../lib/local/start-service.ts'],
  ['lib/client/x.ts', 'aws4fetch'],
  ['lib/client/x.ts', './sender/sender.ts'],
  ['lib/client/sender/x.ts', '../client.ts'],
  ['lib/client/spool/x.ts', 'node:fs'],
])('%s may import %s', async (path, source) => {
  expect(await lint(path, source)).toMatchObject({ passes: true });
});
