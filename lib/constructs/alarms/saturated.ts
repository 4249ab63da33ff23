import { backendOf } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { CAUSE, HALF_MINUTES, limitsOf, MINUTES } from './limits.ts';
import { proxySubjects } from './rds-proxy.ts';
import { ACTIVITY, SAMPLES } from './shared-advice.ts';
import { filled, lambdaMetric, ours, sumOf } from './signals.ts';

/** With fewer waits in a minute, the average says nothing. Count. */
const FEWEST_WAITS = 20;

/** Subjects about exhausted connections or executions. */
export function saturatedSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  const { proxyName } = watched;
  return [
    poolExhausted(settings, watched),
    poolUtilization(settings, watched),
    overload(settings, watched),
    throttled(settings, watched),
    acquireTime(settings, watched),
    connectionShare(settings, watched),
    ...(proxyName !== undefined && backendOf(settings.database) === 'proxy' ? proxySubjects(settings, proxyName) : []),
  ];
}

function poolExhausted({ probe }: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'pool-exhausted',
    family: 'saturated',
    title: 'Connection pool exhausted',
    affects: 'Clients get 503 `pool_exhausted`. Nothing of their requests was written.',
    unit: '',
    signal: ours('PoolExhausted', 'Maximum', watched),
    limits: {
      critical: {
        comparison: 'at-least',
        value: 1,
        timing: { ...CAUSE, periodSeconds: Math.max(CAUSE.periodSeconds, probe.intervalSeconds) },
      },
    },
    missing: 'notBreaching',
    causes: ['database-unreachable'],
    advice: {
      meaning: 'The database is available, but every server connection of the pool is in use, and the probe got none.',
      first: 'Find what holds the connections: a slow statement, a lock, or increased traffic.',
      recovered:
        'PoolExhausted is 0 in every sample: `GET /v1/health/pool` shows idle connections and no waiting clients. Clients that obey Retry-After recover within seconds',
      look: [
        ACTIVITY,
        "`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tick_store_app' and now() - xact_start > interval '1 minute'` ends sessions whose transaction has lasted a minute; it is rolled back",
        'The graphs "Rows per minute" and "Connections" of the dashboard: has the traffic increased?',
      ],
    },
  };
}

function poolUtilization(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'pool-utilization',
    family: 'saturated',
    title: 'Connection pool nearly exhausted',
    affects: 'Nobody yet. At 100 % clients wait, then get 503.',
    unit: 'percent',
    signal: ours('PoolUtilizationPercent', 'Maximum', watched),
    ...limitsOf(settings, 'poolUtilizationPercent', slowedTo(settings, HALF_MINUTES)),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: 'The pool is running out of server connections.',
      first: 'Find what holds connections: a slow statement, a lock, or increased traffic.',
      recovered: 'PoolUtilizationPercent stays below the limit: `GET /v1/health/pool` shows idle connections',
      look: [ACTIVITY, '`GET /v1/health/pool` shows inUse, waiting and idle', SAMPLES],
    },
  };
}

/** Makes no period shorter than the time between samples, because every other period would be empty. */
function slowedTo({ probe }: Settings, timing: typeof HALF_MINUTES): typeof HALF_MINUTES {
  const periodSeconds = Math.max(timing.critical.periodSeconds, probe.intervalSeconds);
  return { ...timing, critical: { ...timing.critical, periodSeconds } };
}

function overload(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'overload',
    family: 'saturated',
    title: 'Requests refused without a connection',
    affects: 'Clients get 503 `pool_exhausted` with Retry-After. Nothing of their requests was written.',
    unit: 'requests per minute',
    signal: filled(ours('OverloadErrors', 'Sum', watched)),
    ...limitsOf(settings, 'overloadErrors', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: 'Functions wait for a connection until their timeout, and get none.',
      first: 'Handle it like an exhausted pool: find what holds the connections.',
      recovered:
        'OverloadErrors is 0: `GET /v1/health/pool` shows no waiting clients. Clients that obey Retry-After recover within seconds',
      look: [ACTIVITY, '`GET /v1/health/pool`', 'The graphs of traffic: does a client retry without a pause?'],
    },
  };
}

function throttled(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'throttled',
    family: 'saturated',
    title: 'Functions throttled',
    affects: 'Clients get 503 without a problem document. Nothing of their requests ran.',
    unit: 'throttles per minute',
    signal: sumOf(watched.functions.map((one) => lambdaMetric('Throttles', 'Sum', one))),
    ...limitsOf(settings, 'functionThrottles', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: "All of a function's reserved executions were busy, so Lambda refused further invocations.",
      first: 'Find out whether requests have become slower or more frequent. If they are slower, fix that first.',
      recovered:
        'Throttles is 0 in every function: `GET /v1/performance` shows the usual times again. Clients have to send refused requests again',
      look: [
        'The graph "Functions: throttles" of the dashboard shows which function',
        'Query time and pool utilization: a slow database keeps executions busy',
        'The concurrency of the function in infra.config.ts; `cdk synth` checks that the pooler has room for it',
      ],
    },
  };
}

/** Over HTTP, Neon's functions cannot distinguish waiting from working, so there the probe's own wait is watched. */
function acquireTime(settings: Settings, watched: Watched): AlarmSubject {
  const isMeasured = backendOf(settings.database) !== 'neon';
  return {
    id: 'acquire-time',
    family: 'saturated',
    title: 'Long waits for a connection',
    affects: 'Clients: this wait is added to each request.',
    unit: 'milliseconds',
    signal: isMeasured
      ? {
          expression: `IF(waits >= ${FEWEST_WAITS}, wait, 0)`,
          metrics: { waits: ours('AcquireMs', 'SampleCount', watched), wait: ours('AcquireMs', 'Average', watched) },
        }
      : ours('PoolAcquireMs', 'Average', watched),
    ...limitsOf(settings, 'acquireMs', MINUTES, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: `Requests wait too long for a connection on average. Cold starts, and minutes with under ${FEWEST_WAITS} waits, do not count.`,
      first: 'Check whether the pool is nearly exhausted. If it is, handle that first.',
      recovered: 'AcquireMs stays below the limit: `GET /v1/health/pool` shows no waiting clients',
      look: [
        '`GET /v1/health/pool` shows inUse, waiting and idle',
        ACTIVITY,
        "RDS Proxy's DatabaseConnectionsBorrowLatency on the dashboard: if it is high, too, the pool is too small",
      ],
    },
  };
}

function connectionShare(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'connection-share',
    family: 'saturated',
    title: 'Postgres runs out of connections',
    affects: 'Nobody yet. At the limit nobody can connect, including migrations and psql.',
    unit: 'share of the limit',
    signal: ours('ConnectionShare', 'Maximum', watched),
    ...limitsOf(settings, 'connectionShare', MINUTES, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'Most of max_connections is in use.',
      first: 'Find connections that do not come from the pooler, and end those that should not exist.',
      recovered:
        'ConnectionShare stays below the limit: the first query above counts fewer sessions. The connections of ended sessions are free at once',
      look: [
        '`select usename, application_name, client_addr, state, count(*) from pg_stat_activity group by 1, 2, 3, 4 order by 5 desc`',
        '`show max_connections`',
        "`select pg_terminate_backend(pid) from pg_stat_activity where application_name = '…' and state = 'idle'` frees them",
      ],
    },
  };
}
