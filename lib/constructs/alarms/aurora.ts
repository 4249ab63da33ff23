import type { AuroraSettings } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES, SLOW } from './limits.ts';
import { DEADLOCKS, STATEMENTS } from './shared-advice.ts';

/** Memory of one ACU. Bytes. */
const BYTES_PER_ACU = 2 * 1024 ** 3;
const MILLISECONDS_PER_SECOND = 1000;

/**
 * Aurora's own metrics. FreeableMemory is relative to the maximum capacity, and so is the share: a cluster that can
 * still grow is not short of memory.
 */
export function auroraSubjects(settings: Settings, database: AuroraSettings, clusterId: string): AlarmSubject[] {
  const metric = (name: string, statistic: string, role?: 'WRITER' | 'READER'): MetricSignal => ({
    namespace: 'AWS/RDS',
    name,
    statistic,
    dimensions: { DBClusterIdentifier: clusterId, ...(role ? { Role: role } : {}) },
  });
  const lag: AlarmSubject = {
    id: 'aurora-replica-lag',
    family: 'platform',
    title: 'Aurora reader lags',
    affects: 'Nobody yet. A failover to this reader would take longer.',
    unit: 'milliseconds',
    signal: metric('AuroraReplicaLag', 'Maximum', 'READER'),
    ...limitsOf(settings, 'replicaLagSeconds', MINUTES, {
      inMetricUnit: (seconds) => seconds * MILLISECONDS_PER_SECOND,
      only: 'warning',
    }),
    missing: 'notBreaching',
    advice: {
      meaning: 'A reader is behind the writer. Aurora restarts a reader that stays too far behind.',
      first: 'Check whether the reader is smaller or busier than the writer.',
      recovered:
        'AuroraReplicaLag falls and stays low, usually below 100 ms. A reader that Aurora has restarted needs about a minute for that',
      look: [
        'CPU and capacity of the reader in the RDS console',
        "`select pid, now() - query_start, left(query, 80) from pg_stat_activity where state = 'active' order by 2 desc` on the reader",
        'The insert rate on the dashboard',
      ],
    },
  };
  return [
    {
      id: 'aurora-cpu',
      family: 'platform',
      title: 'Aurora writer busy',
      affects: 'Nobody yet. Near 100 % everything slows down.',
      unit: 'percent',
      signal: metric('CPUUtilization', 'Average', 'WRITER'),
      ...limitsOf(settings, 'cpuPercent', MINUTES, { only: 'warning' }),
      missing: 'notBreaching',
      advice: {
        meaning: "The writer's CPU utilization is high.",
        first: 'Find the statement that uses the CPU. Database Insights shows statements by load.',
        recovered:
          'CPUUtilization stays below the limit while the usual load runs; it follows the load within a minute',
        look: [
          STATEMENTS,
          'Capacity of the cluster: at its maximum it cannot grow',
          'Whether vacuum or a back-fill runs: `select * from pg_stat_progress_vacuum`',
        ],
      },
    },
    {
      id: 'aurora-memory',
      family: 'platform',
      title: 'Aurora writer short of memory',
      affects: 'Nobody yet. Without memory the writer restarts, which is an outage of about a minute.',
      unit: 'bytes',
      signal: metric('FreeableMemory', 'Minimum', 'WRITER'),
      ...limitsOf(settings, 'freeableMemoryShare', MINUTES, {
        inMetricUnit: (share) => share * database.maxAcu * BYTES_PER_ACU,
        only: 'warning',
      }),
      missing: 'notBreaching',
      advice: {
        meaning: 'The writer has used most of the memory of its maximum capacity. If it needs more, it restarts.',
        first: 'If the load is genuine, raise database.maxAcu. That takes effect without a restart.',
        recovered:
          'FreeableMemory stays above the limit. After a higher database.maxAcu it rises with the next samples, within minutes and without a restart',
        look: [
          'ServerlessDatabaseCapacity and FreeableMemory on the dashboard',
          '`select count(*), state from pg_stat_activity group by 2`: connections cost memory',
          "Large sorts: `select temp_files, temp_bytes from pg_stat_database where datname = 'tick_store'`",
        ],
      },
    },
    ...(canGrow(settings, database) ? [capacity(settings, metric('ACUUtilization', 'Maximum'))] : []),
    deadlocks(settings, metric('Deadlocks', 'Average', 'WRITER')),
    ...(database.readers > 0 ? [lag] : []),
  ];
}

/**
 * Whether an idle cluster is below its limit. With `minAcu` near `maxAcu`, always or by the schedule, it would be at
 * the limit already, and the alarm would never leave ALARM.
 */
export const canGrow = (
  { thresholds }: Pick<Settings, 'thresholds'>,
  { minAcu, maxAcu, capacitySchedule }: Pick<AuroraSettings, 'minAcu' | 'maxAcu' | 'capacitySchedule'>,
): boolean => {
  const highest = Math.max(minAcu, ...capacitySchedule.map((change) => change.minAcu));
  return (100 * highest) / maxAcu < thresholds.capacityPercent.warning;
};

const capacity = (settings: Settings, signal: MetricSignal): AlarmSubject => ({
  id: 'aurora-capacity',
  family: 'platform',
  title: 'Aurora at its capacity limit',
  affects: 'Nobody yet. A cluster that cannot grow slows down under more load.',
  unit: 'percent of the maximum',
  signal,
  ...limitsOf(settings, 'capacityPercent', SLOW),
  missing: 'notBreaching',
  advice: {
    meaning: 'The cluster is near its maximum capacity.',
    first: 'Find out whether the load is genuine. If it is, raise database.maxAcu in infra.config.ts and deploy.',
    recovered:
      'ACUUtilization stays below the limit: at once after a higher database.maxAcu, otherwise some minutes after the load has fallen, because Aurora shrinks slowly',
    look: [
      'Whether CPU, memory or connections cause it: the graphs on the dashboard',
      'The insert and request rates: does a client send far more than usual?',
      'The bill: one ACU costs about 0.12 USD per hour',
    ],
  },
});

/** Published as a rate per second. */
const deadlocks = (settings: Settings, rate: MetricSignal): AlarmSubject => ({
  id: 'deadlocks',
  family: 'slow',
  ...DEADLOCKS,
  unit: 'deadlocks in 5 minutes',
  signal: { expression: 'rate * 300', metrics: { rate } },
  ...limitsOf(settings, 'deadlocks', FIVE_MINUTES, { only: 'warning' }),
  missing: 'notBreaching',
});
