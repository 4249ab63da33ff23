import config, { stages } from '../infra.config.ts';
import { DATABASE_CONTEXT, withBackend } from '../lib/config/database-backend.ts';
import { configOfStage, readStage, refuseCollisions, STAGE_CONTEXT, stagesIn } from '../lib/config/stages.ts';
import { createApp } from '../lib/constructs/shared/create-app.ts';
import { checkWithNag } from '../lib/constructs/shared/nag.ts';
import { synthesisNotes } from '../lib/cost/synthesis-notes.ts';
import { TickStore } from '../lib/stack.ts';
import packageJson from '../package.json' with { type: 'json' };

/**
 * The app that `npx cdk` runs. `-c stage=test,prod` creates a stack per stage. Without it, there is one stack, with the
 * shared configuration. Nothing is looked up, so it needs no account and no network.
 */
try {
  const app = createApp();
  const backend: string | undefined = app.node.tryGetContext(DATABASE_CONTEXT);
  const deployments = stagesIn(app.node.tryGetContext(STAGE_CONTEXT)).map((stage) => ({
    stage,
    settings: readStage(withBackend(configOfStage(config, stages, stage), backend), stage),
  }));
  refuseCollisions(deployments.map(({ settings }) => settings));
  checkWithNag(app);
  const stacks = deployments.map(({ stage, settings }) => {
    const stack = new TickStore(app, settings.service.name, {
      ...{ settings, stage },
      release: packageJson.version,
      description: 'Tick Store: market data on Postgres, with a monitor that pages',
    });
    return { stack, settings };
  });
  const assembly = app.synth();
  for (const { stack, settings } of stacks)
    for (const note of synthesisNotes(settings, assembly.getStackByName(stack.stackName).template))
      console.error(`${stack.stackName}: ${note}`);
} catch (error) {
  // the message explains what is wrong with infra.config.ts; its stack trace is of no use to a deployer
  console.error(process.env['DEBUG'] || !(error instanceof Error) ? error : error.message);
  process.exitCode = 1;
}
