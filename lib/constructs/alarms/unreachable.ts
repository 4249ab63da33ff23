import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal, Watched } from './definition.ts';
import { CAUSE, limitsOf, MINUTES } from './limits.ts';
import { CLUSTER_EVENTS, DEPLOYMENTS, PROBE_LOG, SAMPLES } from './shared-advice.ts';
import { apiMetric, filled, lambdaMetric, ours } from './signals.ts';

/** Subjects about failing requests, whatever clients send. Nothing suppresses the database's own alarm. */
export const unreachableSubjects = (settings: Settings, watched: Watched): AlarmSubject[] => [
  databaseUnreachable(settings, watched),
  probeSilent(watched),
  requestsUnavailable(settings, watched),
  requestsFailing(settings, watched),
  gatewayErrors(settings, watched),
  ...(watched.proxyName === undefined ? [] : [writerUnreachable(settings, watched.proxyName)]),
];

const slowedTo = (seconds: number) => ({ ...CAUSE, periodSeconds: Math.max(CAUSE.periodSeconds, seconds) });

function databaseUnreachable({ probe }: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'database-unreachable',
    family: 'unreachable',
    title: 'Database unreachable',
    affects: 'Every client: requests get 503. Acknowledged data is stored.',
    unit: '',
    limits: { critical: { comparison: 'at-most', value: 0, timing: slowedTo(probe.intervalSeconds) } },
    signal: ours('ProbeUp', 'Minimum', watched),
    // a silent probe says nothing about the database; its silence has its own alarm
    missing: 'ignore',
    advice: {
      meaning: 'The health probe could not reach the database through the pooler twice within minutes.',
      first: 'Read the reason in the log of the probe. Then find out whether the database or the pooler is down.',
      recovered:
        'ProbeUp is 1 in every sample: `aws logs tail /aws/lambda/tick-store-probe-health --since 5m` shows them, and `GET /v1/health` responds 200. A failover ends within a minute, a restart within a few; clients that retry recover by themselves',
      look: [
        PROBE_LOG,
        '`aws rds describe-db-clusters --query "DBClusters[].[DBClusterIdentifier,Status]"` and `aws rds describe-db-proxy-targets --db-proxy-name tick-store-proxy` (or the status page of Neon, or `show pools` of PgBouncer)',
        `${CLUSTER_EVENTS} shows a failover, maintenance or a full disk. If the writer hangs, fail over to a reader with \`aws rds failover-db-cluster --db-cluster-identifier tick-store-aurora\``,
      ],
    },
  };
}

function probeSilent(watched: Watched): AlarmSubject {
  return {
    id: 'probe-silent',
    family: 'unreachable',
    title: 'Health probe silent',
    affects: 'You: nothing monitors the database. Clients may not be affected.',
    unit: 'samples',
    // metrics that are four minutes late do not count as silence
    limits: {
      critical: { comparison: 'at-most', value: 0, timing: { periodSeconds: 60, datapoints: 4, periods: 4 } },
    },
    signal: ours('ProbeUp', 'SampleCount', watched),
    missing: 'breaching',
    warmUpMinutes: 15,
    advice: {
      meaning: 'The probe has sent no samples for minutes, so no other alarm on its samples can page.',
      first: "Check that the schedule runs the function, and read the function's log.",
      recovered:
        'A minute has a sample again: `aws logs tail /aws/lambda/tick-store-probe-health --since 5m` shows one every 30 s',
      look: [
        '`aws scheduler get-schedule --group-name tick-store --name tick-store-probe-health` must say ENABLED',
        '`aws logs tail /aws/lambda/tick-store-probe-health --since 15m`',
        'The dead-letter queue: `aws sqs receive-message --queue-url $(aws sqs get-queue-url --queue-name tick-store-dead-letters --output text)`',
      ],
    },
  };
}

function requestsUnavailable(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'requests-unavailable',
    family: 'unreachable',
    title: 'Requests find the database unavailable',
    affects: 'Clients get 503 `database_unavailable`. They retry with the same key.',
    unit: 'requests per minute',
    signal: filled(ours('UnavailableErrors', 'Sum', watched)),
    ...limitsOf(settings, 'unavailableErrors', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable'],
    advice: {
      meaning: 'Connections to the database or the pooler break or are refused, although the probe can connect.',
      first: 'Check whether it has already ended: a failover takes less than a minute.',
      recovered:
        'UnavailableErrors is 0: the last samples of `GET /v1/health/history?limit=20` are up. A failover ends within a minute',
      look: [
        CLUSTER_EVENTS,
        SAMPLES,
        '`aws logs tail /aws/lambda/tick-store-ingest --since 10m --filter-pattern ERROR`',
      ],
    },
  };
}

function requestsFailing(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'requests-failing',
    family: 'unreachable',
    title: 'Requests fail with 500',
    affects: 'Clients get 500 or `database_timeout`. The service itself is at fault.',
    unit: 'requests per minute',
    signal: filled(ours('FailedRequests', 'Sum', watched)),
    ...limitsOf(settings, 'failedRequests', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable', 'pool-exhausted'],
    advice: {
      meaning: 'Valid requests fail in the service. Each failure is logged with its cause.',
      first: 'If it began with a deployment, roll that back. Otherwise read the error in the log.',
      recovered:
        'FailedRequests is 0: `aws logs tail /aws/lambda/tick-store-read --since 5m --filter-pattern ERROR` shows no new error. A rollback takes a minute or two',
      look: [
        DEPLOYMENTS,
        '`filter level = "ERROR" | stats count(*) as errors by error.name, error.message | sort errors desc` in Logs Insights over /aws/lambda/tick-store-ingest',
        '`aws logs tail /aws/lambda/tick-store-read --since 15m --filter-pattern ERROR`',
      ],
    },
  };
}

/**
 * What API Gateway responded, minus the functions' own responses, minus what Lambda refused (`throttled`). The rest
 * never reached our code, or ended it.
 */
function gatewayErrors(settings: Settings, watched: Watched): AlarmSubject {
  const refused = watched.functions
    .filter(({ isApi }) => isApi)
    .map((one, at): [string, MetricSignal] => [`refused${at + 1}`, lambdaMetric('Throttles', 'Sum', one)]);
  const explained: [string, MetricSignal][] = [['responded', ours('ServerErrors', 'Sum', watched)], ...refused];
  return {
    id: 'gateway-errors',
    family: 'unreachable',
    title: 'Requests fail before the functions respond',
    affects: 'Clients get 500, 502 or 504 without a problem document.',
    unit: 'requests per minute',
    signal: {
      expression: `FILL(total, 0) - ${explained.map(([name]) => `FILL(${name}, 0)`).join(' - ')}`,
      metrics: { total: apiMetric('5xx', 'Sum', watched), ...Object.fromEntries(explained) },
    },
    ...limitsOf(settings, 'gatewayErrors', MINUTES),
    missing: 'notBreaching',
    causes: ['database-unreachable'],
    advice: {
      meaning: 'Functions crash, time out or cannot be started, so API Gateway responds instead of them.',
      first: 'Find the route and API Gateway’s reason in the access log.',
      recovered: '5xx of the API equals what the functions count themselves: the query above shows no new request',
      look: [
        '`filter status >= 500 | stats count(*) as requests by status, routeKey, integrationError | sort requests desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
        '`aws logs tail /aws/lambda/tick-store-ingest --since 15m --filter-pattern REPORT` shows memory and duration',
        DEPLOYMENTS,
      ],
    },
  };
}

/**
 * Published only for the group and the role, so an alarm on any other set of dimensions would never see it. AWS
 * documents the role as READ_WRITE and, elsewhere, as READWRITE; the alarm watches whichever is sent.
 */
function writerUnreachable(settings: Settings, proxyName: string): AlarmSubject {
  const role = (TargetRole: string): MetricSignal => ({
    namespace: 'AWS/RDS',
    name: 'AvailabilityPercentage',
    statistic: 'Average',
    dimensions: { ProxyName: proxyName, TargetGroup: 'default', TargetRole },
  });
  return {
    id: 'writer-unreachable',
    family: 'unreachable',
    title: 'Writer unreachable for RDS Proxy',
    affects: 'Clients wait, and get 503 if it lasts.',
    unit: 'percent',
    signal: {
      expression: 'IF(FILL(first, -1) >= 0, FILL(first, 0), second)',
      metrics: { first: role('READ_WRITE'), second: role('READWRITE') },
    },
    ...limitsOf(settings, 'proxyAvailabilityPercent', MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning:
        'RDS Proxy could not reach the writer for part of the time, because of a failover, a restart, or an outage.',
      first: 'Check whether a failover is in progress. It ends by itself in less than a minute.',
      recovered:
        'AvailabilityPercentage is 100: `aws rds describe-db-proxy-targets --db-proxy-name tick-store-proxy` shows the writer as AVAILABLE. A failover ends within a minute',
      look: [
        '`aws rds describe-db-proxy-targets --db-proxy-name tick-store-proxy`',
        CLUSTER_EVENTS,
        'Security groups, if someone has changed them: the proxy must reach the cluster on port 5432',
      ],
    },
  };
}
