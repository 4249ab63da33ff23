import pg from 'pg';

/** A response that is not 200: its status and its JSON body. */
export class NeonError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, message: string, fields: object = {}) {
    super(message);
    this.status = status;
    this.body = { message, ...fields };
  }
}

/** The fields of a database error that Neon passes on; null if the database did not set them. */
const FIELDS = [
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

const fieldsOf = (error: unknown): object =>
  Object.fromEntries(
    FIELDS.map((name) => [name, (error instanceof pg.DatabaseError ? error[name] : undefined) ?? null]),
  );

/** A statement failed: 400 with the database's error, or with the client's error if the connection broke. */
export function statementFailure(error: unknown): NeonError {
  if (error instanceof pg.DatabaseError) return new NeonError(400, error.message, fieldsOf(error));
  return new NeonError(400, 'connection closed', fieldsOf(undefined));
}

/** No connection: a refused password is the client's fault (400), everything else is a 500. */
export function connectFailure(error: unknown, user: string): NeonError {
  if (!(error instanceof pg.DatabaseError)) {
    return new NeonError(500, "Couldn't connect to compute node", fieldsOf(undefined));
  }
  // the latter is PgBouncer's message
  const isLogin = error.code === '28P01' || error.message === 'SASL authentication failed';
  return isLogin
    ? new NeonError(400, `password authentication failed for user '${user}'`, fieldsOf(undefined))
    : new NeonError(500, error.message, fieldsOf(error));
}
