import { METRICS, type MetricName, NAMESPACE } from '../../../functions/metrics/metric-catalogue.ts';
import type { Settings } from '../../config/schema.ts';
import type { Advice, AlarmSubject, MetricSignal, Severity, Timing, Watched } from './definition.ts';
import { FIVE_MINUTES, HALF_MINUTES, limitsOf, MINUTES, ONE_MINUTE, SLOW } from './limits.ts';
import { DEADLOCK_ADVICE } from './shared-advice.ts';

/**
 * What the service says of itself: the probe's samples and the functions' own counts, by the catalogue that emits them
 * (`functions/metrics/metric-catalogue.ts`). All under the one dimension Service.
 */
export function serviceSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  return [
    ...liveness(settings, watched),
    ...judged(settings, watched),
    rejectedRows(settings, watched),
    ...failures(settings, watched),
  ];
}

/** A metric of the catalogue, under the dimensions that an alarm can see it by. */
export const ours = (name: MetricName, statistic: string, { service }: Watched): MetricSignal => ({
  namespace: NAMESPACE,
  name,
  statistic,
  dimensions: { Service: service },
});

const SAMPLES =
  '`GET /v1/health/history?limit=20` shows the last samples; one that could not reach the database is in the log of the probe alone';
const PROBE_LOG =
  '`aws logs tail /aws/lambda/tick-store-probe-health --since 10m` has each sample with its `reason` (the API cannot tell: samples are kept in the database)';
const ACTIVITY =
  "`select pid, usename, state, wait_event_type, wait_event, now() - xact_start as age, left(query, 80) from pg_stat_activity where datname = 'tick_store' order by xact_start` shows who does what";

function liveness(settings: Settings, watched: Watched): AlarmSubject[] {
  const { intervalSeconds } = settings.probe;
  return [
    {
      id: 'probe-up',
      section: 'probe-up',
      title: 'Database reachable',
      unit: '',
      // a probe has tried again before it says 0, so one is enough; 30 s, for a page within 90 s of the fault; of three, for
      // a database that comes and goes is one incident
      limits: {
        critical: {
          comparison: 'at-most',
          value: 0,
          timing: { periodSeconds: intervalSeconds, datapoints: 1, periods: 3 },
        },
      },
      signal: ours('ProbeUp', 'Maximum', watched),
      // a silent probe says nothing of the database: the state stays, and the heartbeat alarm tells of the silence
      missing: 'ignore',
      advice: {
        meaning:
          'The health probe could not reach the database through the pooler. Clients get 503 meanwhile; what was acknowledged is stored.',
        first: 'Read the reason in the log of the probe, then see whether the database or the pooler is unavailable.',
        look: [
          `${PROBE_LOG}; where no connection was free and the next steps find nothing wrong, treat it as pool utilization`,
          '`aws rds describe-db-clusters --query "DBClusters[].[DBClusterIdentifier,Status]"` and `aws rds describe-db-proxy-targets --db-proxy-name tick-store-proxy` (or the status page of Neon, or `show pools` of PgBouncer)',
          '`aws rds describe-events --source-type db-cluster --duration 60` shows a failover, a maintenance or a full disk; a writer that hangs hands over to a reader by `aws rds failover-db-cluster --db-cluster-identifier tick-store-aurora`',
        ],
      },
    },
    {
      id: 'probe-heartbeat',
      section: 'probe-heartbeat',
      title: 'Probe heartbeat',
      unit: 'samples',
      limits: {
        critical: {
          comparison: 'at-most',
          value: 0,
          timing: { periodSeconds: 60, datapoints: 3, periods: 3 },
        },
      },
      signal: ours('ProbeUp', 'SampleCount', watched),
      missing: 'breaching',
      warmUpMinutes: 15,
      advice: {
        meaning: 'The probe has sent nothing for minutes: nobody is watching the database.',
        first: 'See whether the schedule runs the function, and what the function logs.',
        look: [
          '`aws scheduler get-schedule --group-name tick-store --name tick-store-probe-health` must say ENABLED',
          '`aws logs tail /aws/lambda/tick-store-probe-health --since 15m`',
          'The dead-letter queue: `aws sqs receive-message --queue-url $(aws sqs get-queue-url --queue-name tick-store-dead-letters --output text)`',
        ],
      },
    },
  ];
}

interface Judged {
  readonly metric: MetricName;
  readonly id: string;
  readonly title: string;
  readonly statistic: string;
  readonly timing: Readonly<Record<Severity, Timing>>;
  readonly advice: Advice;
}

/** One subject for each metric of the catalogue that a threshold judges. */
function judged(settings: Settings, watched: Watched): AlarmSubject[] {
  return JUDGED.map(({ metric, id, title, statistic, timing, advice }) => {
    const definition = METRICS[metric];
    if (!('threshold' in definition)) throw new Error(`The metric ${metric} has no threshold.`);
    return {
      id,
      section: id,
      title,
      unit: definition.unit === 'None' ? '' : definition.unit.toLowerCase(),
      signal: ours(metric, statistic, watched),
      ...limitsOf(settings, definition.threshold, slowedTo(settings.probe.intervalSeconds, timing)),
      // what a backend cannot measure is never sent; a probe that fails to is another alarm's business
      missing: 'notBreaching',
      advice,
    };
  });
}

/** No period shorter than samples are apart: every other one would be empty. */
function slowedTo(seconds: number, { warning, critical }: Judged['timing']): Judged['timing'] {
  const slowed = (timing: Timing): Timing => ({ ...timing, periodSeconds: Math.max(timing.periodSeconds, seconds) });
  return { warning: slowed(warning), critical: slowed(critical) };
}

const JUDGED: readonly Judged[] = [
  {
    metric: 'PoolUtilizationPercent',
    id: 'pool-utilization',
    title: 'Connection pool utilization',
    statistic: 'Maximum',
    timing: HALF_MINUTES,
    advice: {
      meaning: 'The pool is running out of server connections; at 100 % clients queue, then get 503.',
      first: 'Find what holds connections: a slow statement, a lock, or more traffic than before.',
      look: [ACTIVITY, SAMPLES, 'The graphs "Invocations" and "Concurrency" of the dashboard: has the traffic grown?'],
    },
  },
  {
    metric: 'PoolAcquireMs',
    id: 'acquire-time',
    title: 'Connection acquire time, as the probe sees it',
    statistic: 'Average',
    timing: HALF_MINUTES,
    advice: {
      meaning: 'A client waits too long for a connection.',
      first: 'See whether the pool is full (then treat that) or logins are slow.',
      look: [
        '`GET /v1/health/pool` shows inUse, waiting and idle',
        ACTIVITY,
        "RDS Proxy's DatabaseConnectionsBorrowLatency on the dashboard: high there too means that the pool is short",
      ],
    },
  },
  {
    metric: 'AcquireMs',
    id: 'function-acquire-time',
    title: 'Connection acquire time, as the functions see it',
    statistic: 'Average',
    timing: MINUTES,
    advice: {
      meaning: 'Requests wait too long for a connection.',
      first:
        'Compare with the probe: if it is quick, new execution environments are logging in; if not, the pool is short.',
      look: [
        '`GET /v1/health/pool`',
        'The ColdStart graph: a deployment or a burst opens many connections at once',
        ACTIVITY,
      ],
    },
  },
  {
    metric: 'StatementAverageMs',
    id: 'statement-time',
    title: 'Average statement time in the database',
    statistic: 'Average',
    timing: MINUTES,
    advice: {
      meaning: 'Our statements take longer in the database than they should.',
      first: 'Find the statement that has become slow.',
      look: [
        '`select calls, round(mean_exec_time) as ms, left(query, 100) from pg_stat_statements order by total_exec_time desc limit 10`',
        ACTIVITY,
        'CPU and capacity of the cluster on the dashboard',
      ],
    },
  },
  {
    metric: 'QueryMs',
    id: 'query-time',
    title: 'Average query time, as the functions see it',
    statistic: 'Average',
    timing: MINUTES,
    advice: {
      meaning: 'Calls to the database take longer than they should, the network included.',
      first: 'Compare with the statement time in the database: if that is low, the way to it is slow.',
      look: [
        '`GET /v1/performance` shows the kinds of statement apart',
        ACTIVITY,
        'Whether clients have begun to send larger batches: RowsReceived by invocation',
      ],
    },
  },
  {
    metric: 'ConnectionShare',
    id: 'connection-share',
    title: 'Connections of all clients',
    statistic: 'Maximum',
    timing: MINUTES,
    advice: {
      meaning:
        'Postgres is running out of connections; beyond max_connections nobody gets in, migrations and psql included.',
      first: 'See who besides the pooler holds connections, and end what should not be there.',
      look: [
        '`select usename, application_name, client_addr, state, count(*) from pg_stat_activity group by 1, 2, 3, 4 order by 5 desc`',
        '`show max_connections`',
        "`select pg_terminate_backend(pid) from pg_stat_activity where application_name = '…' and state = 'idle'` frees them",
      ],
    },
  },
  {
    metric: 'LongestTransactionSeconds',
    id: 'long-transaction',
    title: 'Longest transaction',
    statistic: 'Maximum',
    timing: MINUTES,
    advice: {
      meaning: 'A transaction stays open: it keeps locks, and vacuum from its work.',
      first: 'Find its client; end it if nobody waits for it.',
      look: [
        ACTIVITY,
        '`select pg_terminate_backend(<pid>)` ends it; everything it did is rolled back',
        'A migration or a back-fill of ours: `aws logs tail /aws/lambda/tick-store-migrate --since 1h`',
      ],
    },
  },
  {
    metric: 'LongestIdleInTransactionSeconds',
    id: 'idle-in-transaction',
    title: 'Longest idleness inside a transaction',
    statistic: 'Maximum',
    timing: MINUTES,
    advice: {
      meaning: 'A client has begun a transaction and does nothing; behind a pooler it also holds a server connection.',
      first: 'Our own role is ended after 10 s, so it is another client: find and end it.',
      look: [
        "`select pid, usename, application_name, client_addr, now() - state_change as idle from pg_stat_activity where state like 'idle in transaction%' order by 5 desc`",
        '`select pg_terminate_backend(<pid>)`',
        "`select rolname, rolconfig from pg_roles where rolname = 'tick_store_app'` must show the three timeouts",
      ],
    },
  },
  {
    metric: 'LongestLockWaitSeconds',
    id: 'lock-wait',
    title: 'Longest wait for a lock',
    statistic: 'Maximum',
    timing: MINUTES,
    advice: {
      meaning: 'Someone waits for a lock that another does not give up.',
      first: 'Find the session at the head of the queue.',
      look: [
        '`with waiting as (select pid, pg_blocking_pids(pid) as blocked_by from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0) select a.pid, w.blocked_by, a.usename, a.state, now() - a.xact_start as age, left(a.query, 80) from pg_stat_activity a left join waiting w on w.pid = a.pid where w.pid is not null or a.pid in (select unnest(blocked_by) from waiting) order by w.blocked_by nulls first, age desc`: the first, blocked by nobody, holds up the others',
        '`select pg_terminate_backend(<pid>)` of that one lets them go on',
        'A running migration: they take ACCESS EXCLUSIVE locks',
      ],
    },
  },
  {
    metric: 'Deadlocks',
    id: 'deadlocks',
    title: 'Deadlocks',
    statistic: 'Sum',
    timing: FIVE_MINUTES,
    advice: DEADLOCK_ADVICE,
  },
  {
    metric: 'DeadTupleRatio',
    id: 'dead-tuples',
    title: 'Dead rows of the worst table',
    statistic: 'Maximum',
    timing: SLOW,
    advice: {
      meaning: 'Vacuum does not keep up: a table carries many dead rows, and reads pass over them.',
      first: 'See whether a long transaction holds vacuum back; if not, run it.',
      look: [
        '`select relname, n_live_tup, n_dead_tup, last_autovacuum from pg_stat_user_tables order by n_dead_tup desc limit 10`',
        '`select pid, backend_xmin, now() - xact_start from pg_stat_activity where backend_xmin is not null order by age(backend_xmin) desc limit 5`',
        '`vacuum (verbose) tick_store.<table>` as the owner',
      ],
    },
  },
  {
    metric: 'XidAgeRatio',
    id: 'transaction-id-age',
    title: 'Age of the oldest transaction id',
    statistic: 'Maximum',
    timing: SLOW,
    advice: {
      meaning: 'Transaction ids are being used up faster than vacuum frees them; at 1 Postgres stops writing.',
      first: 'Find what holds back vacuum: a transaction, a replication slot, a prepared transaction.',
      look: [
        '`select datname, age(datfrozenxid) from pg_database order by 2 desc`',
        '`select slot_name, active, age(xmin), age(catalog_xmin) from pg_replication_slots`; `select * from pg_prepared_xacts`',
        '`vacuum (freeze, verbose) tick_store.<oldest table>` as the owner',
      ],
    },
  },
  {
    metric: 'ReplicaLagSeconds',
    id: 'replica-lag',
    title: 'Replica lag, as the database sees it',
    statistic: 'Maximum',
    timing: MINUTES,
    advice: {
      meaning: 'A replica is behind; a failover to it would take long, or lose what it has not got.',
      first: 'See whether the writer is busier than the replica can follow, or the replica is held up by a query.',
      look: [
        '`select application_name, state, replay_lag, sync_state from pg_stat_replication`',
        'Long queries on the replica: the same pg_stat_activity there',
        'The insert rate on the dashboard',
      ],
    },
  },
  {
    metric: 'PartitionRunwayDays',
    id: 'partition-runway',
    title: 'Days of partitions made ahead',
    statistic: 'Minimum',
    timing: SLOW,
    advice: {
      meaning:
        'The nightly maintenance has not made partitions ahead for weeks; soon rows fall into the default partition.',
      first: 'Run the maintenance by hand and read what it says.',
      look: [
        '`aws lambda invoke --function-name tick-store-maintain-partitions:live /dev/stdout`',
        '`aws logs tail /aws/lambda/tick-store-maintain-partitions --since 3d`',
        '`GET /v1/health/partitions`',
      ],
    },
  },
  {
    metric: 'DefaultPartitionRows',
    id: 'default-partition',
    title: 'Rows in default partitions',
    statistic: 'Maximum',
    timing: SLOW,
    advice: {
      meaning:
        'Rows fell into a default partition: they are safe, but read slowly, and are in the way of their own partition.',
      first: 'Run the maintenance: it makes the partitions they belong to and moves them.',
      look: [
        "`select name, starts, ends from tick_store.partitions where parent = 'market_data' order by starts desc limit 12`",
        '`aws lambda invoke --function-name tick-store-maintain-partitions:live /dev/stdout`',
        'Whether a client sends wrong dates: the batches of those rows, `GET /v1/market-data/batches/{id}`',
      ],
    },
  },
];

/** Of the functions' counts, for a batch that is refused whole is not in the ledger that the probe reads. */
function rejectedRows(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'rejected-rows',
    section: 'rejected-rows',
    title: 'Rejected rows, share of those received',
    unit: '',
    signal: {
      expression: 'IF(received > 0, rejected / received, 0)',
      metrics: {
        received: ours('RowsReceived', 'Sum', watched),
        rejected: ours('RowsRejected', 'Sum', watched),
      },
    },
    ...limitsOf(settings, 'rejectedRowShare', SLOW),
    missing: 'notBreaching',
    advice: {
      meaning: 'A client sends rows that are refused; they are nowhere stored.',
      first: 'Find the client and tell it what is wrong: its receipts say so, row by row.',
      look: [
        '`filter RowsRejected > 0 | stats sum(RowsRejected) as rejected, sum(RowsReceived) as received by actor | sort rejected desc` in Logs Insights over /aws/lambda/tick-store-ingest',
        '`GET /v1/market-data/batches/{batchId}` shows the rejections of a batch',
        'Whether an instrument is missing: `GET /v1/instruments`',
      ],
    },
  };
}

function failures(settings: Settings, watched: Watched): AlarmSubject[] {
  return [
    {
      id: 'overload',
      section: 'overload',
      title: 'Requests refused for want of a connection',
      unit: 'requests per minute',
      signal: ours('OverloadErrors', 'Sum', watched),
      ...limitsOf(settings, 'overloadErrors', ONE_MINUTE),
      missing: 'notBreaching',
      advice: {
        meaning: 'Clients get 503 with Retry-After: the pool had no connection for them.',
        first: 'Treat it as pool utilization: find what holds the connections.',
        look: [ACTIVITY, '`GET /v1/health/pool`', 'The graphs of traffic: a client that retries without pause?'],
      },
    },
    {
      id: 'unavailable',
      section: 'unavailable',
      title: 'Requests that found the database unavailable',
      unit: 'requests per minute',
      signal: ours('UnavailableErrors', 'Sum', watched),
      ...limitsOf(settings, 'unavailableErrors', ONE_MINUTE),
      missing: 'notBreaching',
      advice: {
        meaning: 'Clients get 503: connections to the database or the pooler broke or were refused.',
        first:
          'See whether it is over already (a failover takes under a minute); if not, treat it as "database reachable".',
        look: [
          '`aws rds describe-events --source-type db-cluster --duration 60`',
          PROBE_LOG,
          '`aws logs tail /aws/lambda/tick-store-ingest --since 10m --filter-pattern ERROR`',
        ],
      },
    },
  ];
}
