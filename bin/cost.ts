import { writeFileSync } from 'node:fs';
import cdkJson from '../cdk.json' with { type: 'json' };
import { DATABASE_BACKENDS, type DatabaseBackend } from '../lib/config/database-backend.ts';
import { type InfraConfig, readConfig } from '../lib/config/schema.ts';
import { createApp } from '../lib/constructs/shared/create-app.ts';
import { costPage } from '../lib/cost/cost-page.ts';
import { TickStore } from '../lib/stack.ts';

/** The Data API is priced with a cluster that may pause. */
const CONFIGS: Readonly<Record<DatabaseBackend, InfraConfig>> = {
  proxy: {},
  'data-api': { database: { kind: 'aurora', backend: 'data-api', minAcu: 0 } },
  neon: { database: { kind: 'neon' } },
  postgres: { database: { kind: 'postgres' } },
};

/** `npm run docs:cost`: writes docs/cost.md. A test fails if the file is out of date. */
const deployments = DATABASE_BACKENDS.map((backend) => {
  const settings = readConfig(CONFIGS[backend]);
  const app = createApp({ context: cdkJson.context, analyticsReporting: false });
  const { stackName } = new TickStore(app, settings.service.name, { settings, release: '0.0.0' });
  return { backend, settings, template: app.synth().getStackByName(stackName).template };
});
writeFileSync(new URL('../docs/cost.md', import.meta.url), costPage(deployments));
console.log('Wrote docs/cost.md');
