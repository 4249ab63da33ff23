import type { Advice } from './definition.ts';

/** Deadlocks are seen by the probe and by Aurora's own metric; what to do is the same. */
export const DEADLOCK_ADVICE: Advice = {
  meaning: 'Transactions lock the same rows in different orders. Ours are tried again, so clients notice little.',
  first: 'Read the deadlock in the log: it names both statements.',
  look: [
    '`aws logs filter-log-events --log-group-name /aws/rds/cluster/tick-store-aurora/postgresql --filter-pattern deadlock`',
    'ConflictErrors and Retries on the dashboard',
    'Deletions and restorations that overlap: `GET /v1/market-data/operations?limit=20`',
  ],
};
