import type { AlarmSubject } from './definition.ts';

/** Commands and queries that several sections of the runbook share. */
export const SAMPLES = '`GET /v1/health/history?limit=20` shows the last samples, those of an outage once it has ended';
export const PROBE_LOG =
  '`aws logs tail /aws/lambda/tick-store-probe-health --since 10m` has each sample with its `reason`';
export const ACTIVITY =
  "`select pid, usename, state, wait_event_type, wait_event, now() - xact_start as age, left(query, 80) from pg_stat_activity where datname = 'tick_store' order by xact_start` shows what each session is doing";
export const STATEMENTS =
  '`select calls, round(mean_exec_time) as ms, left(query, 100) from pg_stat_statements order by total_exec_time desc limit 10`';
export const DEPLOYMENTS = '`aws deploy list-deployments --application-name tick-store` shows what was deployed when';
export const CLUSTER_EVENTS = '`aws rds describe-events --source-type db-cluster --duration 60`';

/** Deadlocks are counted by Aurora, or elsewhere by the probe. The advice is the same. */
export const DEADLOCKS: Pick<AlarmSubject, 'title' | 'affects' | 'advice'> = {
  title: 'Deadlocks',
  affects: 'Hardly anyone: the service retries, so requests take longer.',
  advice: {
    meaning: 'Transactions lock the same rows in different orders.',
    first: 'Read the deadlock in the log. It names both statements.',
    recovered:
      'Deadlocks stays at 0: the log shows no new one. The service has retried each, and clients have their responses',
    look: [
      '`aws logs tail /aws/rds/cluster/tick-store-aurora/postgresql --since 1h --filter-pattern deadlock`',
      'ConflictErrors and Retries on the dashboard',
      'Deletions and restorations that overlap: `GET /v1/market-data/operations?limit=20`',
    ],
  },
};
