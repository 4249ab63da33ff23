import pg from 'pg';
import type { Capabilities, Database } from '../../database.ts';
import { copyIn } from './binary-copy.ts';
import { WireDatabase, type WireOptions } from './postgres-pool.ts';

export type PgOptions = WireOptions;

/** The port over `pg`: RDS Proxy, PgBouncer, and Postgres itself for migrations. */
export class PgDatabase extends WireDatabase implements Database {
  readonly capabilities: Capabilities = {
    arrays: 'binary',
    interactive: true,
    copy: true,
    errorDetail: true,
    maxRequestBytes: null,
    maxResultBytes: null,
    maxRowBytes: null,
    poolerView: true,
  };

  constructor(options: PgOptions) {
    super({ Pool: pg.Pool, types: pg.types, copyIn }, options);
  }
}
