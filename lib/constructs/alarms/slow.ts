import type { MetricName } from '../../../functions/metrics/metric-catalogue.ts';
import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';
import { ACTIVITY, DEADLOCKS, STATEMENTS } from './shared-advice.ts';
import { apiMetric, filled, lambdaMetric, ours } from './signals.ts';

/** Requests get their responses, late. */
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
    affects: 'Clients that read: each read waits that long for the database on average, and longer in all.',
    unit: 'milliseconds',
    signal: filled(ours('ReadMs', 'Average', watched)),
    ...limitsOf(settings, 'averageQueryMs', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: 'Calls that write no rows take longer than they should, the network included.',
      first: 'Compare with the statement time in the database: if that is low, the way to it is slow.',
      recovered: 'ReadMs is back at its usual value: `GET /v1/performance` shows it with the next sample',
      look: ['`GET /v1/performance` shows the kinds of statement apart', ACTIVITY, STATEMENTS],
    },
  };
}

function insertsSlow(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'inserts-slow',
    family: 'slow',
    title: 'Inserts slow',
    affects: 'Clients that send batches: the feed may fall behind.',
    unit: 'milliseconds per 1,000 rows',
    signal: filled(ours('InsertMsPer1000Rows', 'Average', watched)),
    ...limitsOf(settings, 'insertMsPer1000Rows', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning:
        'Writing a batch takes longer than it should. The time is per 1,000 rows, so large batches are not slow ones.',
      first: 'Find what the writes wait for: a lock, the disk, or the processor.',
      recovered:
        'InsertMsPer1000Rows is back at its usual value: `GET /v1/performance` shows it with the next sample. A feed that has fallen behind needs longer; its newest batch shows how far it is',
      look: [ACTIVITY, STATEMENTS, 'CPU and capacity of the cluster on the dashboard'],
    },
  };
}

function apiSlow(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'api-latency',
    family: 'slow',
    title: 'Slowest requests slow',
    affects: 'One client request in a hundred takes that long. API Gateway ends requests at 30 s.',
    unit: 'milliseconds',
    signal: apiMetric('Latency', 'p99', watched),
    ...limitsOf(settings, 'apiLatencyMs', MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'The slowest hundredth of the requests waits long for a response.',
      first: 'Find the route that is slow.',
      recovered: 'Latency (p99) stays below the limit: the query above shows the slow route at its usual time',
      look: [
        '`stats pct(latencyMs, 99) as p99, count(*) as requests by routeKey | sort p99 desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
        'AcquireMs and QueryMs on the dashboard: do requests wait, or work?',
        'Whether clients ask for more: long periods, limit=10000, full batches',
      ],
    },
  };
}

/** How many functions of the API are near their timeout, at which Lambda ends them. */
function nearTimeout(settings: Settings, watched: Watched): AlarmSubject {
  const functions = watched.functions.filter(({ isApi }) => isApi);
  const { warning: percent } = settings.thresholds.functionDurationPercent;
  const named = functions.map((one, at) => ({ one, name: `d${at + 1}` }));
  return {
    id: 'near-timeout',
    family: 'slow',
    title: 'Functions near their timeout',
    affects: 'Clients whose requests are ended get 504 and do not know the outcome.',
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
      meaning: `The slowest hundredth of a function's invocations takes ${percent} % of its timeout or more.`,
      first: 'Find where the time goes: waiting for a connection, the database, or the size of batches.',
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

interface Transactions extends Pick<AlarmSubject, 'id' | 'title' | 'affects' | 'advice'> {
  readonly metric: MetricName;
  readonly threshold: 'transactionSeconds' | 'idleInTransactionSeconds' | 'lockWaitSeconds';
}

const ofTransactions = (
  settings: Settings,
  watched: Watched,
  { metric, threshold, ...subject }: Transactions,
): AlarmSubject => ({
  ...subject,
  family: 'slow',
  unit: 'seconds',
  signal: ours(metric, 'Maximum', watched),
  ...limitsOf(settings, threshold, MINUTES, { only: 'warning' }),
  missing: 'notBreaching',
});

const TRANSACTIONS: readonly Transactions[] = [
  {
    metric: 'LongestTransactionSeconds',
    threshold: 'transactionSeconds',
    id: 'long-transaction',
    title: 'Long transaction',
    affects: 'Whoever waits for its locks. It also keeps vacuum from its work.',
    advice: {
      meaning: 'A transaction stays open.',
      first: 'Find its client; end it if nobody waits for it.',
      recovered: 'LongestTransactionSeconds falls with the next sample: the query above no longer shows the session',
      look: [
        ACTIVITY,
        '`select pg_terminate_backend(<pid>)` ends it; everything it did is rolled back',
        'One of our migrations or back-fills: `aws logs tail /aws/lambda/tick-store-migrate --since 1h`',
      ],
    },
  },
  {
    metric: 'LongestIdleInTransactionSeconds',
    threshold: 'idleInTransactionSeconds',
    id: 'idle-in-transaction',
    title: 'Idle transaction',
    affects: 'Whoever waits for its locks. Behind a pooler it also holds a server connection.',
    advice: {
      meaning: 'A client has begun a transaction and does nothing.',
      first: 'The role of the service is ended after 10 s, so it is another client: find and end it.',
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
    affects: 'The clients that wait; writes give up after 5 s.',
    advice: {
      meaning: 'A session waits for a lock that another one does not release.',
      first: 'Find the session at the head of the queue.',
      recovered:
        'LongestLockWaitSeconds is 0 with the next sample: the first query above returns no row. The writes that gave up have to be sent again, with the same key',
      look: [
        '`with waiting as (select pid, pg_blocking_pids(pid) as blocked_by from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0) select a.pid, w.blocked_by, a.usename, a.state, now() - a.xact_start as age, left(a.query, 80) from pg_stat_activity a left join waiting w on w.pid = a.pid where w.pid is not null or a.pid in (select unnest(blocked_by) from waiting) order by w.blocked_by nulls first, age desc`: the first, blocked by nobody, holds up the others',
        '`select pg_terminate_backend(<pid>)` of that one lets them go on',
        'A running migration: they take ACCESS EXCLUSIVE locks',
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
