import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { readMigrations } from '../../functions/database/run-migrations.ts';
import { connectOwner, ownerEnvironmentSchema } from '../../functions/deploy/connect-owner.ts';
import { migrateOnDeploy } from '../../functions/deploy/migrate-on-deploy.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { APP_SECRET_ARN, connect, type DataApiAccess, OWNER_SECRET_ARN } from '../support/backends/data-api.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { createTestDatabase, TEMPLATE, type TestDatabase, withClient } from '../support/postgres.ts';

/** A deployment's migration over the Data API. It has two secrets and a cluster, which may be paused. */

interface Deployment {
  readonly database: TestDatabase;
  readonly backend: DataApiAccess;
  /** The password of the application's role. */
  readonly password: string;
  /** What the migration has logged. */
  readonly lines: string[];
  /** @param waitMs until its deadline */
  deploy(waitMs?: number): Promise<string[]>;
}

/** A database, the Data API in front of it, and the environment of the function that migrates it. */
async function startDeployment(content: 'empty' | 'migrated'): Promise<Deployment> {
  const database = await createTestDatabase(inject('postgres'), content === 'empty' ? 'template1' : TEMPLATE);
  const backend = await connect(database);
  const password = decodeURIComponent(new URL(database.appUrl).password);
  const secrets = await startSecrets({ [APP_SECRET_ARN]: { username: 'tick_store_app', password } });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    secrets.close();
    await backend.stop();
    await database.drop();
  });
  for (const [name, value] of Object.entries(backend.environment)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('OWNER_SECRET_ARN', OWNER_SECRET_ARN);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`);
  const lines: string[] = [];
  const logger = createLogger((line) => void lines.push(line));
  const deploy = async (waitMs = 30_000) => {
    const { database: owner, login } = await connectOwner(ownerEnvironmentSchema.parse(process.env), logger);
    const migrations = await readMigrations(MIGRATIONS);
    const deadline = Date.now() + waitMs;
    try {
      return await migrateOnDeploy({ database: owner, migrations, login, deadline, logger, wakePauseMs: 50 });
    } finally {
      await owner.close();
    }
  };
  return { database, backend, password, lines, deploy };
}

/** Emulates Secrets Manager's GetSecretValue and nothing else of it. */
async function startSecrets(values: Record<string, object>): Promise<Server> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify(values[SecretId]) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('it waits for a cluster that resumes, then creates the whole schema', async () => {
  const { backend, database, deploy } = await startDeployment('empty');
  backend.endpoint.failNext('DatabaseResumingException', 4);
  const names = (await readMigrations(MIGRATIONS)).map(({ name }) => name);
  expect(await deploy()).toEqual(names);
  const partitions = await withClient(database.ownerUrl, async (client) => {
    const { rows } = await client.query('select count(*)::int as n from tick_store.partitions where not is_default');
    return rows[0].n;
  });
  expect(partitions).toBeGreaterThanOrEqual(5);
});

test('the application then logs in with its secret, and has the permissions that it needs', async () => {
  const { backend, deploy } = await startDeployment('migrated');
  await deploy();
  const application = backend.open();
  const sql = 'select current_user::text as who, (select count(*) from tick_store.market_data) as ticks';
  const asked = application.run(
    { name: 'who', text: sql, values: [] },
    { deadline: Date.now() + 5000, idempotent: true },
  );
  expect(await asked).toEqual([{ who: 'tick_store_app', ticks: 0 }]);
  await application.close();
});

test('a second run changes nothing', async () => {
  const { backend, deploy } = await startDeployment('migrated');
  expect(await deploy()).toEqual([]);
  expect(backend.endpoint.openTransactions).toBe(0);
});

test('it gives up at its deadline on a cluster that stays unavailable', async () => {
  const { backend, deploy } = await startDeployment('migrated');
  backend.endpoint.failNext('DatabaseUnavailableException', 1000);
  await expect(deploy(2_000)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('it logs what it did, and no password', async () => {
  const { lines, password, deploy } = await startDeployment('migrated');
  await deploy();
  expect(lines.map((line) => JSON.parse(line).message)).toContain('migrated');
  expect(lines.join('\n')).not.toContain(password);
});

test('a foreign secret is refused by its name', async () => {
  const { deploy } = await startDeployment('migrated');
  vi.stubEnv('DATABASE_SECRET_ARN', OWNER_SECRET_ARN);
  await expect(deploy()).rejects.toThrow(OWNER_SECRET_ARN);
});
