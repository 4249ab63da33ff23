import type { InfraConfig } from './lib/config/schema.ts';

/**
 * The one file a deployer edits. Every setting, its unit, its default and its range stand in `lib/config`, which also
 * checks this file: a typo, or a value out of range, is an error that names the setting. What stands here are defaults,
 * written out because they are what a deployer looks at first; `docs/deploy.md` goes through the backends.
 */
const config: InfraConfig = {
  service: { name: 'tick-store' },
  // or { kind: 'neon' }, or { kind: 'postgres' } behind a PgBouncer of your own
  database: { kind: 'aurora', backend: 'proxy', minAcu: 1, maxAcu: 16, readers: 1 },
  pooler: {
    baseConnections: 20,
    overflowConnections: 50,
    acquireTimeoutSeconds: 30,
    recycleSeconds: 3600,
    checkBeforeUse: true,
  },
  api: { authorization: 'iam' },
  // true archives months older than tickMonths: reads no longer see them, and nothing is ever deleted
  retention: { archivePartitions: false, tickMonths: 24, alertLogQuarters: 8 },
  alerts: {
    warning: { email: [], slack: [] },
    // PagerDuty and the like: https: ['secret:tick-store/pagerduty-url']
    critical: { email: [], https: [], slack: [], sms: [] },
  },
};

export default config;
