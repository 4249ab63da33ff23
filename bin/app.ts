import { App } from 'aws-cdk-lib';
import config from '../infra.config.ts';
import { ROUTE_CONTEXT, withRoute } from '../lib/config/database.ts';
import { readConfig } from '../lib/config/schema.ts';
import { checkWithNag } from '../lib/nag.ts';
import { TickStore } from '../lib/stack.ts';
import packageJson from '../package.json' with { type: 'json' };

/** What `npx cdk` runs. It looks nothing up, so it needs no account and no network. */
try {
  const app = new App();
  const settings = readConfig(withRoute(config, app.node.tryGetContext(ROUTE_CONTEXT)));
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
