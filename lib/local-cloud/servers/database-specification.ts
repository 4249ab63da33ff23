/**
 * The database that stands behind the template, and who logs in to it. All four are plain SQL identifiers: small letters,
 * digits and underscores.
 */
export interface DatabaseNames {
  readonly database: string;
  /** Owns the database and migrates it, past the pooler. */
  readonly owner: string;
  /** The role of the functions, through the pooler. */
  readonly application: string;
  /** The role that may use PgBouncer's admin console. It does not exist in PostgreSQL. */
  readonly monitor: string;
}

/** The size and the limits of the connection pooler, in the words of SQLAlchemy's pool. */
export interface PoolerSettings {
  /** Server connections that are kept while there is work, per database and role. Count. */
  readonly baseConnections: number;
  /** Server connections on top of the base while clients wait. Count. */
  readonly overflowConnections: number;
  /** How long a client waits for a server connection before it is refused. Seconds. */
  readonly acquireTimeoutSeconds: number;
  /** A connection older than this is closed when it is next idle. Seconds. */
  readonly recycleSeconds: number;
  /** Check a server connection that has been idle before a client gets it. */
  readonly checkBeforeUse: boolean;
}

/** @throws Error for a name that would have to be quoted in SQL, which nothing here does */
export function assertPlainNames(names: DatabaseNames): void {
  const wrong = Object.entries(names).find(([, name]) => !/^[a-z_][a-z0-9_]{0,62}$/.test(name));
  if (wrong)
    throw new Error(`the database's ${wrong[0]} must be a plain SQL identifier, not ${JSON.stringify(wrong[1])}`);
}
