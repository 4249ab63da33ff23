import pg from 'pg';
import type { Capabilities, Database } from '../../database.ts';
import { beginWith } from './begin-with.ts';
import { copyIn } from './binary-copy.ts';
import { type PostgresOptions, PostgresPool } from './postgres-pool.ts';

/** The port over `pg`: RDS Proxy, PgBouncer, and Postgres itself for migrations. */
export class PostgresDatabase extends PostgresPool implements Database {
  constructor(options: PostgresOptions) {
    super({ Pool: pg.Pool, copyIn, beginWith }, options);
  }

  get capabilities(): Capabilities {
    return { copy: this.refusals.copies, errorDetail: true, poolerView: true };
  }
}
