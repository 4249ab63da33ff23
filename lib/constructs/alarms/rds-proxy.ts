import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';

const MICROSECONDS_PER_MILLISECOND = 1000;

/**
 * What RDS Proxy says. Its counters come from each of its nodes, so only their Sum is the whole; the latency is an average
 * in microseconds. Its metrics of queries are left out: they do not count the extended protocol, which is all we speak.
 */
export function proxySubjects(settings: Settings, proxyName: string): AlarmSubject[] {
  const metric = (name: string, statistic: string, more: Record<string, string> = {}): MetricSignal => ({
    namespace: 'AWS/RDS',
    name,
    statistic,
    dimensions: { ProxyName: proxyName, ...more },
  });
  return [
    {
      id: 'proxy-utilization',
      section: 'proxy-utilization',
      title: "RDS Proxy's server connections in use",
      unit: 'percent',
      signal: {
        expression: '100 * borrowed / allowed',
        metrics: {
          borrowed: metric('DatabaseConnectionsCurrentlyBorrowed', 'Sum'),
          allowed: metric('MaxDatabaseConnectionsAllowed', 'Sum'),
        },
      },
      ...limitsOf(settings, 'poolUtilizationPercent', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: 'The proxy has lent out most of its server connections; beyond them clients wait, then get 503.',
        first: 'Find what holds them, as for the pool utilization that the probe sees.',
        look: [
          "`select state, wait_event_type, count(*) from pg_stat_activity where usename = 'tick_store_app' group by 1, 2`",
          'Whether sessions are pinned: the graph beside it',
          'pooler.overflowConnections in infra.config.ts, if the load is there to stay',
        ],
      },
    },
    {
      id: 'proxy-borrow-latency',
      section: 'proxy-borrow-latency',
      title: "RDS Proxy's borrow latency",
      unit: 'microseconds',
      signal: metric('DatabaseConnectionsBorrowLatency', 'Average'),
      ...limitsOf(settings, 'borrowLatencyMs', MINUTES, (ms) => ms * MICROSECONDS_PER_MILLISECOND),
      missing: 'notBreaching',
      advice: {
        meaning: 'The proxy takes long to find a server connection for a client.',
        first: 'See whether the pool is full; if not, the cluster is slow to take logins.',
        look: [
          'Utilization of the proxy, and CPU of the cluster, on the dashboard',
          '`aws logs tail /aws/rds/proxy/tick-store-proxy --since 30m`',
          'Whether the cluster is scaling up from a low ACU: ServerlessDatabaseCapacity',
        ],
      },
    },
    {
      id: 'proxy-pinned',
      section: 'proxy-pinned',
      title: 'Pinned sessions',
      unit: 'percent',
      signal: {
        // no session has ever been pinned where the first metric is missing
        expression: '100 * FILL(pinned, 0) / connections',
        metrics: {
          pinned: metric('DatabaseConnectionsCurrentlySessionPinned', 'Sum'),
          connections: metric('DatabaseConnections', 'Sum'),
        },
      },
      ...limitsOf(settings, 'pinnedPercent', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning:
          'Clients do what ties a server connection to them, so that it cannot be shared. Our statements do not.',
        first: 'Read the reason in the log of the proxy: it names the statement.',
        look: [
          '`aws logs filter-log-events --log-group-name /aws/rds/proxy/tick-store-proxy --filter-pattern pinned`',
          'Whether someone uses psql over the proxy: give them the endpoint of the cluster',
          'Whether a release of ours has brought it: the alarm begins at a deployment, `aws deploy list-deployments --application-name tick-store`',
        ],
      },
    },
    {
      id: 'proxy-setup-failures',
      section: 'proxy-setup-failures',
      title: "RDS Proxy's failed logins and connections",
      unit: 'failures in 5 minutes',
      signal: {
        expression: 'FILL(refused, 0) + FILL(failed, 0)',
        metrics: {
          refused: metric('ClientConnectionsSetupFailedAuth', 'Sum'),
          failed: metric('DatabaseConnectionsSetupFailed', 'Sum'),
        },
      },
      ...limitsOf(settings, 'connectionSetupFailures', FIVE_MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: 'Clients are refused by the proxy, or the proxy by the cluster.',
        first: 'Read the log of the proxy: it says who was refused and why.',
        look: [
          '`aws logs tail /aws/rds/proxy/tick-store-proxy --since 30m`',
          "`select rolname, pg_has_role(oid, 'rds_iam', 'member') from pg_roles where rolname = 'tick_store_app'` must be true",
          'The role of the proxy must still allow rds-db:connect as tick_store_app',
        ],
      },
    },
    {
      id: 'proxy-availability',
      section: 'proxy-availability',
      title: 'Writer reachable for RDS Proxy',
      unit: 'percent',
      // published for the group and the role alone, so no other set of dimensions would ever see it
      signal: metric('AvailabilityPercentage', 'Average', { TargetGroup: 'default', TargetRole: 'READ_WRITE' }),
      ...limitsOf(settings, 'proxyAvailabilityPercent', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: 'The proxy could not reach the writer for part of the time: a failover, a restart, or worse.',
        first: 'See whether a failover is under way: it ends by itself in under a minute.',
        look: [
          '`aws rds describe-db-proxy-targets --db-proxy-name tick-store-proxy`',
          '`aws rds describe-events --source-type db-cluster --duration 60`',
          'Security groups, if someone has changed them: the proxy must reach the cluster on 5432',
        ],
      },
    },
  ];
}
