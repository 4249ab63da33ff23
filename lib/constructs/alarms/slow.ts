import type { MetricName } from '../../../functions/metrics/metric-catalogue.ts';
import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';
import { ACTIVITY, DEADLOCKS, STATEMENTS } from './shared-advice.ts';
import { apiMetric, filled, lambdaMetric, ours } from './signals.ts';

/** Subjects about late responses. */
export function slowSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  return [
    readsSlow(settings, watched),
    insertsSlow(settings, watched),
    apiSlow(settings, watched),
    nearTimeout(settings, watched),
    ...TRANSACTIONS.map((transaction) => ofTransactions(settings, watched, transaction)),
    // Aurora counts them itself
    ...(settings.database.kind === 'aurora' ? [] : [deadlocks(settings, watched)]),
  ];
}

function readsSlow(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'reads-slow',
    family: 'slow',
    title: 'Reads slow',
    affects: 'Clients that read: on average, each read waits this long for the database, and longer in total.',
    unit: 'milliseconds',
    signal: filled(ours('ReadMs', 'Average', watched)),
    ...limitsOf(settings, 'averageQueryMs', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: 'Database calls that write no rows take too long, including the network.',
      first: 'Compare with the statement time in the database. If that is low, the connection to it is slow.',
      recovered: 'ReadMs is back at its usual value: `GET /v1/performance` shows it with the next sample',
      look: ['`GET /v1/performance` shows the times per kind of statement', ACTIVITY, STATEMENTS],
    },
  };
}

function insertsSlow(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'inserts-slow',
    family: 'slow',
    title: 'Inserts slow',
    affects: 'Clients that send batches. The feed may fall behind.',
    unit: 'milliseconds per 1,000 rows',
    signal: filled(ours('InsertMsPer1000Rows', 'Average', watched)),
    ...limitsOf(settings, 'insertMsPer1000Rows', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning:
        'Writing batches takes too long. The time is per 1,000 rows, so it does not depend on the size of batches.',
      first: 'Find what the writes wait for: a lock, the disk, or the CPU.',
      recovered:
        'InsertMsPer1000Rows is back at its usual value: `GET /v1/performance` shows it with the next sample. A feed that has fallen behind needs longer. Its newest batch shows how far behind it is',
      look: [ACTIVITY, STATEMENTS, 'CPU and capacity of the cluster on the dashboard'],
    },
  };
}

function apiSlow(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'api-latency',
    family: 'slow',
    title: 'Slowest requests slow',
    affects: 'One request in a hundred takes this long. API Gateway ends requests at 30 s.',
    unit: 'milliseconds',
    signal: apiMetric('Latency', 'p99', watched),
    ...limitsOf(settings, 'apiLatencyMs', MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'The slowest 1 % of requests wait too long for a response.',
      first: 'Find the route that is slow.',
      recovered: 'Latency (p99) stays below the limit: the query above shows the slow route at its usual time',
      look: [
        '`stats pct(latencyMs, 99) as p99, count(*) as requests by routeKey | sort p99 desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
        'AcquireMs and QueryMs on the dashboard: do requests wait, or work?',
        'Whether clients request more: long periods, limit=10000, full batches',
      ],
    },
  };
}

/** Counts the functions of the API that are near their timeout, at which Lambda ends them. */
function nearTimeout(settings: Settings, watched: Watched): AlarmSubject {
  const functions = watched.functions.filter(({ isApi }) => isApi);
  const { warning: percent } = settings.thresholds.functionDurationPercent;
  const named = functions.map((one, at) => ({ one, name: `d${at + 1}` }));
  return {
    id: 'near-timeout',
    family: 'slow',
    title: 'Functions near their timeout',
    affects: 'Clients whose requests are ended. They get 504, and the outcome is unknown.',
    unit: 'functions',
    signal: {
      expression: named
        .map(({ one, name }) => `(FILL(${name}, 0) >= ${Math.round((percent / 100) * one.timeoutSeconds * 1000)})`)
        .join(' + '),
      metrics: Object.fromEntries(named.map(({ one, name }) => [name, lambdaMetric('Duration', 'p99', one)])),
    },
    threshold: 'functionDurationPercent',
    limits: { warning: { comparison: 'at-least', value: 1, timing: MINUTES.warning } },
    missing: 'notBreaching',
    advice: {
      meaning: `The slowest 1 % of a function's invocations take ${percent} % of its timeout or more.`,
      first: 'Find what takes the time: waiting for a connection, the database, or the size of batches.',
      recovered:
        'Duration (p99) of each function stays below its limit: the graph shows each function at its usual time',
      look: [
        'The graph "Functions: duration" of the dashboard shows which function',
        '`GET /v1/performance`',
        'The traces in X-Ray, slowest first',
      ],
    },
  };
}

interface TransactionAlarm extends Pick<AlarmSubject, 'id' | 'title' | 'affects' | 'advice'> {
  readonly metric: MetricName;
  readonly threshold: 'transactionSeconds' | 'idleInTransactionSeconds' | 'lockWaitSeconds';
}

const ofTransactions = (
  settings: Settings,
  watched: Watched,
  { metric, threshold, ...subject }: TransactionAlarm,
): AlarmSubject => ({
  ...subject,
  family: 'slow',
  unit: 'seconds',
  signal: ours(metric, 'Maximum', watched),
  ...limitsOf(settings, threshold, MINUTES, { only: 'warning' }),
  missing: 'notBreaching',
});

const TRANSACTIONS: readonly TransactionAlarm[] = [
  {
    metric: 'LongestTransactionSeconds',
    threshold: 'transactionSeconds',
    id: 'long-transaction',
    title: 'Long transaction',
    affects: 'Clients that wait for its locks. It also blocks vacuum.',
    advice: {
      meaning: 'A transaction has been open for too long.',
      first: 'Find its client. If nobody needs its result, end it.',
      recovered: 'LongestTransactionSeconds falls with the next sample: the query above no longer shows the session',
      look: [
        ACTIVITY,
        '`select pg_terminate_backend(<pid>)` ends it and rolls back its changes',
        'Whether it is a migration or a back-fill of the service: `aws logs tail /aws/lambda/tick-store-migrate --since 1h`',
      ],
    },
  },
  {
    metric: 'LongestIdleInTransactionSeconds',
    threshold: 'idleInTransactionSeconds',
    id: 'idle-in-transaction',
    title: 'Idle transaction',
    affects: 'Clients that wait for its locks. Behind a pooler it also holds a server connection.',
    advice: {
      meaning: 'A client has begun a transaction and is idle.',
      first: "Find and end the client. It is not the service, whose role's idle transactions end after 10 s.",
      recovered:
        'LongestIdleInTransactionSeconds falls with the next sample: the first query above no longer shows the session',
      look: [
        "`select pid, usename, application_name, client_addr, now() - state_change as idle from pg_stat_activity where state like 'idle in transaction%' order by 5 desc`",
        '`select pg_terminate_backend(<pid>)`',
        "`select rolname, rolconfig from pg_roles where rolname = 'tick_store_app'` must show the three timeouts",
      ],
    },
  },
  {
    metric: 'LongestLockWaitSeconds',
    threshold: 'lockWaitSeconds',
    id: 'lock-wait',
    title: 'Long wait for a lock',
    affects: 'The clients that wait. Writes give up after 5 s.',
    advice: {
      meaning: 'A session has waited too long for a lock that another session holds.',
      first: 'Find the session at the head of the queue.',
      recovered:
        'LongestLockWaitSeconds is 0 with the next sample: the first query above returns no row. Clients have to send the writes that gave up again, with the same key',
      look: [
        '`with waiting as (select pid, pg_blocking_pids(pid) as blocked_by from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0) select a.pid, w.blocked_by, a.usename, a.state, now() - a.xact_start as age, left(a.query, 80) from pg_stat_activity a left join waiting w on w.pid = a.pid where w.pid is not null or a.pid in (select unnest(blocked_by) from waiting) order by w.blocked_by nulls first, age desc`: the first, which nobody blocks, blocks the others',
        '`select pg_terminate_backend(<pid>)` ends that session, so that the others continue',
        'Whether a migration is running: it takes ACCESS EXCLUSIVE locks',
      ],
    },
  },
];

const deadlocks = (settings: Settings, watched: Watched): AlarmSubject => ({
  id: 'deadlocks',
  family: 'slow',
  ...DEADLOCKS,
  unit: 'deadlocks in 5 minutes',
  signal: ours('Deadlocks', 'Sum', watched),
  ...limitsOf(settings, 'deadlocks', FIVE_MINUTES, { only: 'warning' }),
  missing: 'notBreaching',
});
