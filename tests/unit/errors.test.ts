import { describe, expect, test } from 'vitest';
import { type DatabaseErrorKind, kindOf } from '../../functions/database/errors.ts';

type Case = [code: string | undefined, message: string];

const TABLE: Record<DatabaseErrorKind, Case[]> = {
  overload: [
    // PgBouncer 1.18 to 1.25, janitor.c and client.c
    ['08P01', 'query_wait_timeout'],
    ['08P01', 'no more connections allowed (max_client_conn)'],
    ['08P01', 'client connections exceeded (max_db_client_connections)'],
    ['08P01', 'client connections exceeded (max_user_client_connections)'],
    ['08P01', 'too many servers in the pool'],
    [
      '08P01',
      'server login has been failing, cached error: FATAL: sorry, too many clients already (server_login_retry)',
    ],
    // RDS Proxy
    ['08000', 'Timed-out waiting to acquire database connection'],
    ['53300', 'Connection rate limit exceeded'],
    // Postgres
    ['53300', 'sorry, too many clients already'],
    ['53300', 'remaining connection slots are reserved for roles with the SUPERUSER attribute'],
    ['53300', 'too many connections for role "tick_store_app"'],
    ['53400', 'configuration limit exceeded'],
    // Neon
    [
      undefined,
      'Failed to acquire permit to connect to the database. Too many database connection attempts are ongoing',
    ],
    [
      'XX000',
      'remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role',
    ],
    // pg-pool: the environment's one connection is in use
    [undefined, 'timeout exceeded when trying to connect'],
  ],
  unavailable: [
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:6432'],
    ['ECONNRESET', 'read ECONNRESET'],
    ['ECONNABORTED', 'write ECONNABORTED'],
    ['EPIPE', 'write EPIPE'],
    ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:5432'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH'],
    ['ENETUNREACH', 'connect ENETUNREACH'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND db'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN db'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'Premature close'],
    ['57P01', 'terminating connection due to administrator command'],
    ['57P02', 'terminating connection because of crash of another server process'],
    ['57P03', 'the database system is starting up'],
    ['57P05', 'terminating connection due to idle-session timeout'],
    ['25P03', 'terminating connection due to idle-in-transaction timeout'],
    ['25006', 'cannot execute INSERT in a read-only transaction'],
    ['53100', 'could not extend file "base/1/2": No space left on device'],
    ['08006', 'connection failure'],
    ['08P01', 'server conn crashed?'],
    ['08P01', 'Query cancelled, connection was terminated'],
    ['08P01', 'server connection closed'],
    ['08P01', 'server login has been failing, try again later (server_login_retry)'],
    [
      '08P01',
      'server login has been failing, cached error: FATAL: the database system is starting up (server_login_retry)',
    ],
    ['08P01', 'server login failed: FATAL the database system is shutting down'],
    ['08P01', 'pgbouncer cannot connect to server'],
    ['08P01', 'server DNS lookup failed'],
    ['08P01', 'client_login_timeout (server down)'],
    ['08P01', 'client_idle_timeout'],
    ['08P01', 'database configuration changed'],
    ['08P01', 'bouncer config error'],
    ['08P01', 'the database system is shutting down'],
    // what PgBouncer says where a server dies while it is handed to a client, seen with 14 killed servers under load
    ['08P01', 'invalid server parameter'],
    ['08P01', 'bad packet'],
    ['08P01', 'server lifetime over'],
    ['08P01', 'database removed'],
    ['08P01', 'words of a version that nobody here has seen'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'Connection terminated'],
    [undefined, 'Client has encountered a connection error and is not queryable'],
    [undefined, 'Client was closed and is not queryable'],
    ['XX000', 'Control plane request failed'],
    ['XX000', "Couldn't connect to compute node"],
  ],
  conflict: [
    ['40001', 'could not serialize access due to concurrent update'],
    ['40P01', 'deadlock detected'],
    ['55P03', 'canceling statement due to lock timeout'],
  ],
  constraint: [
    ['23505', 'duplicate key value violates unique constraint "x"'],
    ['23503', 'instrument 4 does not exist'],
    ['23001', 'operations is append-only: a row is final once its transaction has committed'],
    ['TS001', 'atomic_conflict'],
    // a value may say anything
    ['23514', 'the reason was: rate limit, connection refused, too many connections'],
    ['TS001', 'terminating connection'],
  ],
  timeout: [
    ['57014', 'canceling statement due to statement timeout'],
    ['25P04', 'terminating connection due to transaction timeout'],
    ['08P01', 'query_timeout'],
    ['08P01', 'query timeout'],
    ['08P01', 'idle transaction timeout'],
    ['08P01', 'transaction timeout'],
  ],
  bug: [
    ['42601', 'syntax error at or near "selec"'],
    ['42501', 'permission denied for table market_data'],
    ['42P05', 'prepared statement "x" already exists'],
    ['08P01', 'unsupported startup parameter: statement_timeout'],
    ['08P01', 'no such database: ticks'],
    ['08P01', 'no such user: tick_store_ap'],
    ['08P01', 'password authentication failed'],
    ['08P01', 'prepared statement did not exist'],
    ['08P01', 'insufficient data left in message'],
    ['08P01', 'invalid frontend message type 120'],
    ['08P01', 'bind message supplies 0 parameters, but prepared statement "" requires 65536'],
    ['0A000', "RDS Proxy currently doesn't support the option statement_timeout"],
    ['28P01', 'password authentication failed for user "tick_store_app"'],
    ['22P02', 'invalid input syntax for type integer: "connection refused, rate limit"'],
    ['3D000', 'database "x" does not exist'],
    [undefined, 'Cannot read properties of undefined'],
  ],
};

describe.each(Object.entries(TABLE))('%s', (kind, cases) => {
  test.each(cases)('%s %s', (code, message) => {
    expect(kindOf(code, message)).toBe(kind);
  });
});
