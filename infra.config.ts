import type { InfraConfig } from './lib/config/schema.ts';
import type { Stages } from './lib/config/stages.ts';

/**
 * The one file a deployer edits. `docs/settings.md` lists every setting with its unit, default and range. `lib/config` checks
 * this file: a typo, or a value out of range, is an error that names the setting. What stands here are defaults, written out
 * because they are what a deployer looks at first. `docs/deploy.md` goes through the backends.
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
  // keyDays: how long a retry with the same Idempotency-Key counts once
  retention: { archivePartitions: false, tickMonths: 24, alertLogQuarters: 8, keyDays: 90 },
  alerts: {
    warning: { email: [], slack: [] },
    // with a recipient, say also where docs/runbook.md is read: runbookUrl: 'https://…'
    critical: { email: [], pagerDuty: [], slack: [], sms: [] },
  },
};

/**
 * Environments, each with what it changes of the above: `npx cdk deploy -c stage=prod` deploys `tick-store-prod`. They may be
 * in accounts and regions of their own (`service: { account, region }`).
 */
export const stages: Stages = {
  test: { database: { minAcu: 0.5, maxAcu: 4, readers: 0, deletionProtection: false } },
  prod: {},
};

export default config;
