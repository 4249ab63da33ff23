import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { readMigrations } from '../../functions/database/run-migrations.ts';
import { connectOwner, ownerEnvironmentSchema } from '../../functions/deploy/connect-owner.ts';
import { migrateOnDeploy } from '../../functions/deploy/migrate-on-deploy.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { APP_SECRET_ARN, connect, type DataApiRoute, OWNER_SECRET_ARN } from '../support/backends/data-api.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { type TestDatabase, withClient, withDatabase } from '../support/postgres.ts';

/** A deployment's migration over the Data API: the way in is two secrets and a cluster, which may be asleep. */

const NAME = 'test_data_api_migration';
let database: TestDatabase;
let backend: DataApiRoute;
let secrets: Server;
const lines: string[] = [];
const logger = createLogger((line) => void lines.push(line));
const password = () => decodeURIComponent(new URL(database.appUrl).password);

beforeAll(async () => {
  const { superuserUrl, ownerUrl, poolerUrl } = inject('postgres');
  await withClient(superuserUrl, (client) => client.query(`create database ${NAME} owner tick_store_owner`));
  database = {
    name: NAME,
    appUrl: withDatabase(poolerUrl, NAME),
    ownerUrl: withDatabase(ownerUrl, NAME),
    superuserUrl: withDatabase(superuserUrl, NAME),
    drop: async () => {
      await withClient(superuserUrl, (client) => client.query(`drop database ${NAME} with (force)`));
    },
  };
  backend = await connect(database);
  secrets = await startSecrets({ [APP_SECRET_ARN]: { username: 'tick_store_app', password: password() } });
  for (const [name, value] of Object.entries(backend.environment)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('OWNER_SECRET_ARN', OWNER_SECRET_ARN);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  secrets.close();
  await backend.stop();
  await database.drop();
});

/** Secrets Manager's GetSecretValue, and nothing else of it. */
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

async function deploy(waitMs = 30_000): Promise<string[]> {
  const { database: owner, login } = await connectOwner(ownerEnvironmentSchema.parse(process.env), logger);
  try {
    const migrations = await readMigrations(MIGRATIONS);
    return await migrateOnDeploy({ database: owner, migrations, login, deadline: Date.now() + waitMs, logger });
  } finally {
    await owner.close();
  }
}

test('it waits for a cluster that wakes up, then makes the whole schema', async () => {
  backend.endpoint.failNext('DatabaseResumingException', 4);
  const names = (await readMigrations(MIGRATIONS)).map(({ name }) => name);
  expect(await deploy()).toEqual(names);
  const partitions = await withClient(database.ownerUrl, async (client) => {
    const { rows } = await client.query('select count(*)::int as n from tick_store.partitions where not is_default');
    return rows[0].n;
  });
  expect(partitions).toBeGreaterThanOrEqual(5);
});

test('the application then logs in with its secret, and can do what it has to', async () => {
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
  expect(await deploy()).toEqual([]);
  expect(backend.endpoint.openTransactions).toBe(0);
});

test('it gives up at its deadline on a cluster that stays away', async () => {
  backend.endpoint.failNext('DatabaseUnavailableException', 1000);
  await expect(deploy(6000)).rejects.toMatchObject({ kind: 'unavailable' });
  backend.endpoint.failNext('DatabaseUnavailableException', 0);
});

test('it logs no password', () => {
  expect(lines.join('\n')).not.toContain(password());
});

test('a secret of someone else is refused by its name', async () => {
  vi.stubEnv('DATABASE_SECRET_ARN', OWNER_SECRET_ARN);
  await expect(deploy()).rejects.toThrow(OWNER_SECRET_ARN);
  vi.stubEnv('DATABASE_SECRET_ARN', APP_SECRET_ARN);
});
