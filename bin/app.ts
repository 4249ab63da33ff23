import { App } from 'aws-cdk-lib';
import config from '../infra.config.ts';
import { DATABASE_CONTEXT, withBackend } from '../lib/config/database-backend.ts';
import { readConfig } from '../lib/config/schema.ts';
import { checkWithNag } from '../lib/constructs/shared/nag.ts';
import { TickStore } from '../lib/stack.ts';
import packageJson from '../package.json' with { type: 'json' };

/** What `npx cdk` runs. It looks nothing up, so it needs no account and no network. */
try {
  const app = new App();
  const settings = readConfig(withBackend(config, app.node.tryGetContext(DATABASE_CONTEXT)));
  checkWithNag(app);
  new TickStore(app, settings.service.name, {
    settings,
    release: packageJson.version,
    description: 'Tick Store: market data on Postgres, with a monitor that pages',
    ...(settings.service.region === undefined ? {} : { env: { region: settings.service.region } }),
  });
} catch (error) {
  // what is wrong with infra.config.ts is said in the message; where it was found out is of no use to a deployer
  console.error(process.env['DEBUG'] || !(error instanceof Error) ? error : error.message);
  process.exitCode = 1;
}
