import { STARTUP_PARAMETERS } from '@tick-store/local-cloud';
import type { RecordedConnection } from './wire-recorder.ts';

/**
 * What a client of a transaction pooler must not do, as data. RDS Proxy would pin the session, which then keeps a server
 * connection to itself. Or the next client would inherit state. Or the pooler would refuse it.
 */
export interface PoolerRule {
  readonly id: string;
  /** What goes wrong if the rule is broken. */
  readonly why: string;
  /** The source of the rule. */
  readonly source: string;
  /** SQL that breaks the rule. */
  readonly breaks: readonly string[];
  /** SQL that looks similar but keeps the rule. */
  readonly keeps: readonly string[];
  /** What broke the rule on a connection: the statement, or what else was sent. */
  readonly broken: (connection: RecordedConnection) => string[];
}

const PINNING = 'Amazon Aurora User Guide, "Avoiding pinning an RDS Proxy", conditions for RDS for PostgreSQL';
const PGBOUNCER = 'pgbouncer.org, "Features", SQL feature map for pooling modes';

/** RDS Proxy pins the session for a longer statement. Bytes. */
const LONGEST_TEXT = 16 * 1024;

export const POOLER_RULES: readonly PoolerRule[] = [
  {
    id: 'safe-startup-parameters',
    why: 'PgBouncer and Neon refuse any other with 08P01, RDS Proxy with 0A000: no function could connect',
    source: 'brianc/node-postgres#2103; PgBouncer 1.18 tried: "unsupported startup parameter"',
    breaks: [],
    keeps: [],
    broken: ({ startup }) => Object.keys(startup).filter((name) => !STARTUP_PARAMETERS.has(name.toLowerCase())),
  },
  {
    id: 'no-cancel-request',
    why: 'RDS Proxy does not forward it, so a client that relies on it hangs',
    source:
      'Amazon Aurora User Guide, "Quotas and limitations for RDS Proxy", additional limitations for RDS for PostgreSQL',
    breaks: [],
    keeps: [],
    broken: ({ isCancelRequest }) => (isCancelRequest ? ['a request to cancel'] : []),
  },
  {
    id: 'no-named-statement',
    why: 'it belongs to one server connection: on the next one it is missing, or another statement has its name',
    source: `${PGBOUNCER}; PgBouncer 1.18 tried: 42P05 between two clients`,
    breaks: [],
    keeps: [],
    broken: ({ messages }) =>
      messages.flatMap((message) => {
        if (message.kind === 'parse' && message.name !== '') return [`statement "${message.name}"`];
        return message.kind === 'bind' && message.portal !== '' ? [`portal "${message.portal}"`] : [];
      }),
  },
  {
    id: 'no-function-call-message',
    why: 'a legacy message that PgBouncer does not understand',
    source: 'PostgreSQL documentation, "Function Call"; pgbouncer.org, "Known issues"',
    breaks: [],
    keeps: [],
    broken: ({ messages }) => messages.filter(({ kind }) => kind === 'function-call').map(() => 'a function call'),
  },
  {
    id: 'one-statement-a-message',
    why: 'the Data API and the extended protocol accept one, so more would not run on every backend',
    source: 'Amazon Aurora User Guide, "Limitations with RDS Data API": multistatements are not supported',
    breaks: ['select 1; select 2'],
    keeps: ["select ';'", 'select 1;', 'select 1 -- a; b', 'select $x$;$x$'],
    broken: textRule(/;\s*\S/),
  },
  {
    id: 'no-text-over-16-kib',
    why: 'RDS Proxy pins the session',
    source: PINNING,
    breaks: [`select 1 ${' '.repeat(LONGEST_TEXT)}`],
    keeps: [`select 1 ${' '.repeat(LONGEST_TEXT - 100)}`],
    broken: (connection) =>
      textsOf(connection)
        .filter((text) => Buffer.byteLength(text) > LONGEST_TEXT)
        .map(short),
  },
  {
    id: 'no-set',
    why: 'RDS Proxy pins; behind PgBouncer the setting stays for later clients',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: [
      "set statement_timeout = '1s'",
      'SET SESSION x.y = 1',
      'reset all',
      "select set_config('a.b', 'c', false)",
    ],
    keeps: ['update t set price = 1', "select 'set x'", 'select 1 as set_config'],
    // also `set local`: whether RDS Proxy pins for it until COMMIT is not documented for PostgreSQL, so there is none
    broken: textRule(/^\s*(set|reset)\b|\bset_config\s*\(/i),
  },
  {
    id: 'no-sql-prepare',
    why: 'RDS Proxy pins; behind PgBouncer it exists in one server connection only',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ['prepare p as select 1', 'execute p', 'deallocate all', 'discard all'],
    keeps: ['select execute from t'],
    broken: textRule(/^\s*(prepare|execute|deallocate|discard)\b/i),
  },
  {
    id: 'no-temporary-object',
    why: 'RDS Proxy pins; behind PgBouncer it outlives the transaction, in a connection that others then use',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ['create temp table t (a int)', 'create temporary view v as select 1', 'select 1 into temp t'],
    keeps: ["select 'create temp table'"],
    broken: textRule(/\b(create|into)\s+(or\s+replace\s+)?((global|local)\s+)?temp(orary)?\b/i),
  },
  {
    id: 'no-declared-cursor',
    why: 'RDS Proxy pins; WITH HOLD it outlives the transaction',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ['declare c cursor with hold for select 1', 'DECLARE c BINARY CURSOR FOR select 1'],
    keeps: ['select declare from t'],
    broken: textRule(/^\s*declare\b/i),
  },
  {
    id: 'no-listen',
    why: 'RDS Proxy pins; behind PgBouncer notifications go to whichever client has the connection',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ['listen ticks', 'unlisten *'],
    keeps: ['select listen from t'],
    broken: textRule(/^\s*(un)?listen\b/i),
  },
  {
    id: 'no-load',
    why: 'RDS Proxy pins',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ["load 'auto_explain'"],
    keeps: ['select load from t'],
    broken: textRule(/^\s*load\b/i),
  },
  {
    id: 'no-sequence-functions',
    why: 'RDS Proxy pins for nextval and setval; currval and lastval may read another session. An identity default does neither',
    source: PINNING,
    breaks: ["select nextval('s')", "select SETVAL ('s', 1)", 'select lastval()', "select pg_catalog.currval('s')"],
    keeps: ["select 'nextval(x)'", 'insert into t (a) values (default)'],
    broken: textRule(/\b(nextval|setval|currval|lastval)\s*\(/i),
  },
  {
    id: 'no-session-advisory-lock',
    why: 'RDS Proxy pins; behind PgBouncer the lock stays with a connection that others then use. xact locks end at COMMIT',
    source: `${PINNING}; ${PGBOUNCER}`,
    breaks: ['select pg_advisory_lock(1)', 'select pg_try_advisory_lock_shared(1)', 'select pg_advisory_unlock_all()'],
    keeps: ['select pg_advisory_xact_lock(1)', 'select pg_try_advisory_xact_lock_shared(1)'],
    broken: textRule(/\bpg_(try_)?advisory_(lock|unlock)/i),
  },
];

function textRule(pattern: RegExp): PoolerRule['broken'] {
  return (connection) =>
    textsOf(connection)
      .filter((text) => pattern.test(bare(text)))
      .map(short);
}

/** The SQL that a connection has sent. */
export const textsOf = ({ messages }: RecordedConnection): string[] =>
  messages.flatMap((message) => ('text' in message ? [message.text] : []));

/** SQL without comments, strings and quoted names. */
function bare(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (found) =>
    found.startsWith('--') || found.startsWith('/*') ? ' ' : "''",
  );
}

const short = (text: string) => text.trim().replace(/\s+/g, ' ').slice(0, 120);
