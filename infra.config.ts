import type { InfraConfig } from './lib/config/schema.ts';

/**
 * The one file a deployer edits. Every setting, its unit, its default and its range stand in `lib/config/schema.ts`,
 * which also checks this file: a typo, or a value out of range, is an error that names the setting.
 */
const config: InfraConfig = {
  pooler: {
    baseConnections: 20,
    overflowConnections: 50,
    acquireTimeoutSeconds: 30,
    recycleSeconds: 3600,
    checkBeforeUse: true,
  },
};

export default config;
