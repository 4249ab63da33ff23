import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import type { PostgresOptions } from '../../functions/database/drivers/postgres/postgres-pool.ts';
import type { Migration } from '../../functions/database/run-migrations.ts';
import { migrate, readMigrations } from '../../functions/database/run-migrations.ts';
import { type ApplicationLogin, migrateOnDeploy } from '../../functions/deploy/migrate-on-deploy.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { ownerDatabase } from '../../lib/local/owner-database.ts';
import { alone } from '../support/locks.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

let database: TestDatabase;
let migrations: Migration[];
const lines: string[] = [];
const logger = createLogger((line) => void lines.push(line));

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  migrations = await readMigrations(MIGRATIONS);
});
afterAll(() => database.drop());

async function deploy(login: ApplicationLogin, known = migrations, waitMs = 20_000): Promise<string[]> {
  const owner = ownerDatabase(database.ownerUrl);
  try {
    return await migrateOnDeploy({ database: owner, migrations: known, login, deadline: Date.now() + waitMs, logger });
  } finally {
    await owner.close();
  }
}

describe('a deployment', () => {
  test('of an already deployed release changes nothing in the schema', async () => {
    const { password } = new URL(database.appUrl);
    expect(await deploy({ kind: 'password', password: decodeURIComponent(password) })).toEqual([]);
  });

  test('creates partitions ahead, so that a new database does not page', async () => {
    const parts = await withClient(database.ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select relname from pg_class where relname like 'market\\_data\\_2%' and relkind = 'r'`,
      );
      return rows.length;
    });
    expect(parts).toBeGreaterThanOrEqual(3);
  });

  test('that rolls back to an older release keeps the newer schema', async () => {
    const { password } = new URL(database.appUrl);
    const older = migrations.slice(0, -1);
    expect(await deploy({ kind: 'password', password: decodeURIComponent(password) }, older)).toEqual([]);
    const owner = ownerDatabase(database.ownerUrl);
    await expect(migrate(owner, older, Date.now() + 10_000)).rejects.toThrow(/deploy a newer one/);
    await owner.close();
  });

  test('with IAM needs the role of RDS, and reports if it is missing', async () => {
    await alone(database.superuserUrl, 'rds_iam', () =>
      expect(deploy({ kind: 'iam' })).rejects.toThrow(/no role rds_iam/),
    );
  });

  test('with IAM grants that role once', () => alone(database.superuserUrl, 'rds_iam', grantsOnce));

  async function grantsOnce(): Promise<void> {
    const asSuperuser = <T>(work: (client: pg.Client) => Promise<T>) => withClient(database.superuserUrl, work);
    await asSuperuser((client) =>
      client.query('create role rds_iam; grant rds_iam to tick_store_owner with admin option'),
    );
    try {
      await deploy({ kind: 'iam' });
      await deploy({ kind: 'iam' });
      const { rows } = await asSuperuser((client) =>
        client.query(`select pg_has_role('tick_store_app', 'rds_iam', 'member') as granted`),
      );
      expect(rows).toEqual([{ granted: true }]);
    } finally {
      await asSuperuser((client) => client.query('drop role rds_iam'));
    }
  }

  test('gives up at its deadline if the database stays unavailable', async () => {
    const away = ownerDatabase('postgres://nobody:x@127.0.0.1:1/none');
    await expect(
      migrateOnDeploy({
        ...{ database: away, migrations, login: { kind: 'iam' }, logger },
        deadline: Date.now() + 2000,
        wakePauseMs: 100,
      }),
    ).rejects.toMatchObject({ kind: 'unavailable' });
    expect(lines.some((line) => line.includes('does not respond yet'))).toBe(true);
    await away.close();
  });

  test('logs what it did, and no password', async () => {
    const password = decodeURIComponent(new URL(database.appUrl).password);
    lines.length = 0;
    await deploy({ kind: 'password', password });
    expect(lines.map((line) => JSON.parse(line).message)).toContain('migrated');
    expect(lines.join('\n')).not.toContain(password);
  });
});

describe('a password that is a function', () => {
  const options = (more: Partial<PostgresOptions>): PostgresOptions => {
    const url = new URL(database.appUrl);
    url.password = '';
    return {
      url: url.href,
      applicationName: 'test',
      acquireTimeoutMs: 5000,
      queryTimeoutMs: 5000,
      recycleSeconds: 60,
      onIdleError: () => undefined,
      ...more,
    };
  };
  const right = async () => decodeURIComponent(new URL(database.appUrl).password);
  const ask = async (db: PostgresDatabase) => {
    const statement = { name: 'who', text: 'select current_user as who', values: [] };
    try {
      return await db.run(statement, { deadline: Date.now() + 5000, idempotent: true });
    } finally {
      await db.close();
    }
  };

  test('is called for each login', async () => {
    expect(await ask(new PostgresDatabase(options({ password: right })))).toEqual([{ who: 'tick_store_app' }]);
  });

  test('is called once more after a refused login', async () => {
    const { hostname, port } = new URL(database.ownerUrl);
    let rotated = false;
    const direct = new URL(options({}).url);
    direct.hostname = hostname;
    direct.port = port;
    const db = new PostgresDatabase(
      options({
        // PgBouncer returns 08P01 for a wrong password; RDS Proxy and Postgres return 28P01
        url: direct.href,
        password: async () => (rotated ? right() : 'stale'),
        onPasswordRefused: () => {
          rotated = true;
        },
      }),
    );
    expect(await ask(db)).toEqual([{ who: 'tick_store_app' }]);
    expect(rotated).toBe(true);
  });
});
