import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';

const MICROSECONDS_PER_MILLISECOND = 1000;

/**
 * RDS Proxy's own metrics. Each of its nodes reports its own counters, so only their Sum is the total. The latency is
 * an average in microseconds. Its query metrics are left out: they do not count the extended protocol, the only one
 * that this service uses.
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
      id: 'proxy-borrow-latency',
      family: 'saturated',
      title: 'RDS Proxy slow to lend connections',
      affects: 'Clients: this wait is added to each new transaction.',
      unit: 'microseconds',
      signal: metric('DatabaseConnectionsBorrowLatency', 'Average'),
      ...limitsOf(settings, 'borrowLatencyMs', MINUTES, { inMetricUnit: (ms) => ms * MICROSECONDS_PER_MILLISECOND }),
      missing: 'notBreaching',
      advice: {
        meaning: 'RDS Proxy needs too long to lend a server connection to a client.',
        first: 'Check whether the pool is exhausted. If not, the cluster is slow to accept logins.',
        recovered:
          'DatabaseConnectionsBorrowLatency stays below the limit: the log of the proxy shows no new waits. After a scale-up of the cluster that takes a minute or two',
        look: [
          'Utilization of the proxy, and CPU of the cluster, on the dashboard',
          '`aws logs tail /aws/rds/proxy/tick-store-proxy --since 30m`',
          'Whether the cluster is scaling up from a low ACU: ServerlessDatabaseCapacity',
        ],
      },
    },
    {
      id: 'proxy-pinned',
      family: 'saturated',
      title: 'Sessions pinned by RDS Proxy',
      affects: 'Nobody yet. Pinned connections are not shared, so the pool is smaller.',
      unit: 'percent',
      signal: {
        // if the first metric is missing, no session has ever been pinned
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
          'A client uses session state that ties a server connection to it. The statements of this service do not.',
        first: 'Read the reason in the log of the proxy. It names the statement.',
        recovered:
          "DatabaseConnectionsCurrentlySessionPinned is 0: the first command above shows no new line. A pin ends with its client's session",
        look: [
          '`aws logs tail /aws/rds/proxy/tick-store-proxy --since 1h --filter-pattern pinned`',
          'Whether someone uses psql through the proxy: give them the endpoint of the cluster',
          'Whether it began with a release: `aws deploy list-deployments --application-name tick-store`',
        ],
      },
    },
    {
      id: 'proxy-setup-failures',
      family: 'saturated',
      title: 'Logins to RDS Proxy fail',
      affects: 'The functions whose logins fail, and their clients.',
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
        meaning: 'The proxy refuses clients, or the cluster refuses the proxy.',
        first: 'Read the log of the proxy. It shows who was refused, and why.',
        recovered:
          'ClientConnectionsSetupFailedAuth and DatabaseConnectionsSetupFailed stay at 0: the log of the proxy shows logins that succeed',
        look: [
          '`aws logs tail /aws/rds/proxy/tick-store-proxy --since 30m`',
          "`select rolname, pg_has_role(oid, 'rds_iam', 'member') from pg_roles where rolname = 'tick_store_app'` must be true",
          'The role of the proxy must still allow rds-db:connect as tick_store_app',
        ],
      },
    },
  ];
}
