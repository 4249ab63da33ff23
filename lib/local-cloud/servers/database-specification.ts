/**
 * The database of the template, and the roles that log in to it. All four names are plain SQL identifiers: lower-case
 * letters, digits and underscores.
 */
export interface DatabaseNames {
  readonly database: string;
  /** The role that owns the database. It migrates it without the pooler. */
  readonly owner: string;
  /** The role of the functions, which use the pooler. */
  readonly application: string;
  /** The role that may use PgBouncer's admin console. It does not exist in PostgreSQL. */
  readonly monitor: string;
}

/** The size and the limits of the connection pooler, named as in SQLAlchemy's pool. */
export interface PoolerSettings {
  /** Server connections kept while there is work, per database and role. */
  readonly baseConnections: number;
  /** Server connections in addition to the base while clients wait. */
  readonly overflowConnections: number;
  /** How long a client waits for a server connection before it is refused. Seconds. */
  readonly acquireTimeoutSeconds: number;
  /** An older connection is closed when it is next idle. Seconds. */
  readonly recycleSeconds: number;
  /** Whether a server connection that has been idle is checked before a client gets it. */
  readonly checkBeforeUse: boolean;
}

/** @throws Error for a name that would have to be quoted in SQL, because nothing here quotes names */
export function assertPlainNames(names: DatabaseNames): void {
  const wrong = Object.entries(names).find(([, name]) => !/^[a-z_][a-z0-9_]{0,62}$/.test(name));
  if (wrong)
    throw new Error(`the database's ${wrong[0]} must be a plain SQL identifier, not ${JSON.stringify(wrong[1])}`);
}
