import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Statement } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import { type Migration, migrate } from '../database/run-migrations.ts';
import { maintainPartitions } from '../partitions/maintain-partitions.ts';
import type { Logger } from '../runtime/logger.ts';

/** How the application's role logs in: by RDS IAM tokens, or by a password from a secret. */
export type ApplicationLogin = { readonly kind: 'iam' } | { readonly kind: 'password'; readonly password: string };

/** What a deployment’s migration needs. */
export interface DeployMigrationsOptions {
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly login: ApplicationLogin;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly logger: Logger;
  /** The pause between two attempts to reach a resuming database. Default: 3,000. Milliseconds. */
  readonly wakePauseMs?: number;
}

/** Aurora takes 15 s to resume, and 30 s or more after a day's pause. */
const DEFAULT_WAKE_PAUSE_MS = 3_000;

/**
 * Prepares the database before the new functions take traffic: waits until it has resumed, applies missing migrations, lets the
 * application's role log in, and creates partitions ahead. A second run changes nothing.
 * @returns the names of the migrations applied
 * @throws DatabaseError, Error if a migration has changed since it was applied
 */
export async function migrateOnDeploy(options: DeployMigrationsOptions): Promise<string[]> {
  const { database, migrations, login, deadline, logger, wakePauseMs = DEFAULT_WAKE_PAUSE_MS } = options;
  await awake(database, deadline, wakePauseMs, logger);
  const applied = await migrate(database, migrations, deadline, 'accept');
  await database.transaction(loginStatements(login), { deadline, idempotent: true });
  // a new database must not page because of missing partitions until the nightly maintenance
  const partitions = await maintainPartitions(database, new Date(), { deadline, idempotent: true });
  logger.info('migrated', { partitions, applied, known: migrations.length, login: login.kind });
  return applied;
}

async function awake(database: Database, deadline: number, pauseMs: number, logger: Logger): Promise<void> {
  let known: DatabaseError | undefined;
  for (;;) {
    try {
      await database.run({ name: 'wake', text: 'select 1', values: [] }, { deadline, idempotent: true });
      return;
    } catch (error) {
      if (!isWaking(error)) throw error;
      // the last error says more than the expiry of the deadline
      if (error.kind !== 'timeout') known = error;
      if (Date.now() + pauseMs >= deadline) throw known ?? error;
      logger.info('the database does not respond yet', { kind: error.kind, sqlState: error.fields.code });
      await sleep(pauseMs);
    }
  }
}

const isWaking = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && ['unavailable', 'overload', 'timeout'].includes(error.kind);

/**
 * A password is sent as a value, through a setting that ends with the transaction. So it is in no statement's text, and in
 * no log. The role is changed only if necessary, because a change makes pooled logins stale.
 */
function loginStatements(login: ApplicationLogin): Statement[] {
  if (login.kind === 'iam') return [{ name: 'grant-iam-login', text: GRANT_IAM_LOGIN, values: [] }];
  return [
    {
      name: 'hand-over-password',
      text: `select set_config('tick_store.app_password', $1::text, true) is not null as done`,
      values: [login.password],
    },
    { name: 'set-password', text: SET_PASSWORD, values: [] },
  ];
}

/** The role rds_iam exists only on RDS and Aurora. */
const GRANT_IAM_LOGIN = `do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'rds_iam') then
    raise exception 'this database has no role rds_iam: IAM logins work on RDS and Aurora';
  end if;
  if not exists (
    select from pg_catalog.pg_auth_members m
     where m.roleid = 'rds_iam'::regrole and m.member = 'tick_store_app'::regrole
  ) then
    grant rds_iam to tick_store_app;
  end if;
end
$$`;

const SET_PASSWORD = `do $$
begin
  execute format('alter role tick_store_app login password %L', current_setting('tick_store.app_password'));
end
$$`;
