import type { AuroraSettings } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES, SLOW } from './limits.ts';
import { DEADLOCK_ADVICE } from './shared-advice.ts';

/** Memory of one ACU. Bytes. */
const BYTES_PER_ACU = 2 * 1024 ** 3;
const MILLISECONDS_PER_SECOND = 1000;

/**
 * What Aurora says. FreeableMemory counts up to the maximum capacity, so the share is of that: a cluster that can still
 * grow is not short of memory.
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
    section: 'aurora-replica-lag',
    title: "Lag of Aurora's readers",
    unit: 'milliseconds',
    signal: metric('AuroraReplicaLag', 'Maximum', 'READER'),
    ...limitsOf(settings, 'replicaLagSeconds', MINUTES, (seconds) => seconds * MILLISECONDS_PER_SECOND),
    missing: 'notBreaching',
    advice: {
      meaning: 'A reader is behind the writer; Aurora restarts a reader that stays too far behind.',
      first: 'See whether the reader is smaller or busier than the writer.',
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
      section: 'aurora-cpu',
      title: "CPU of Aurora's writer",
      unit: 'percent',
      signal: metric('CPUUtilization', 'Average', 'WRITER'),
      ...limitsOf(settings, 'cpuPercent', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: "The writer's processors are busy; near 100 % everything slows down.",
        first: 'Find the statement that takes the time; Database Insights shows it by load.',
        look: [
          '`select calls, round(total_exec_time) as ms, left(query, 100) from pg_stat_statements order by total_exec_time desc limit 10`',
          'Capacity of the cluster: at its maximum it cannot grow',
          'Whether vacuum or a back-fill runs: `select * from pg_stat_progress_vacuum`',
        ],
      },
    },
    {
      id: 'aurora-memory',
      section: 'aurora-memory',
      title: "Memory that Aurora's writer could still have",
      unit: 'bytes',
      signal: metric('FreeableMemory', 'Minimum', 'WRITER'),
      ...limitsOf(settings, 'freeableMemoryShare', MINUTES, (share) => share * database.maxAcu * BYTES_PER_ACU),
      missing: 'notBreaching',
      advice: {
        meaning: 'The writer is near the memory of its maximum capacity; beyond it, it restarts.',
        first: 'Raise database.maxAcu, if the load is genuine; it takes effect without a restart.',
        look: [
          'ServerlessDatabaseCapacity and FreeableMemory on the dashboard',
          '`select count(*), state from pg_stat_activity group by 2`: connections cost memory',
          "Large sorts: `select temp_files, temp_bytes from pg_stat_database where datname = 'tick_store'`",
        ],
      },
    },
    {
      id: 'aurora-capacity',
      section: 'aurora-capacity',
      title: 'Capacity of Aurora in use',
      unit: 'percent of the maximum',
      signal: metric('ACUUtilization', 'Maximum'),
      ...limitsOf(settings, 'capacityPercent', SLOW),
      missing: 'notBreaching',
      advice: {
        meaning: 'The cluster is at the capacity it may grow to.',
        first: 'Decide whether the load is genuine; then raise database.maxAcu in infra.config.ts and deploy.',
        look: [
          'What drives it: CPU, memory or connections on the dashboard',
          'The insert and request rates: a client gone wild?',
          'The bill: an ACU at work costs about 0.12 USD per hour',
        ],
      },
    },
    {
      id: 'aurora-deadlocks',
      section: 'deadlocks',
      title: 'Deadlocks, as Aurora counts them',
      unit: 'deadlocks in 5 minutes',
      // published as a rate by the second
      signal: { expression: 'rate * 300', metrics: { rate: metric('Deadlocks', 'Average', 'WRITER') } },
      ...limitsOf(settings, 'deadlocks', FIVE_MINUTES),
      missing: 'notBreaching',
      advice: DEADLOCK_ADVICE,
    },
    ...(database.readers > 0 ? [lag] : []),
  ];
}
