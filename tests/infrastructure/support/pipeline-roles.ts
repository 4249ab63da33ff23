import type { AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../../infra.config.ts';
import type { Stages } from '../../../lib/config/stages.ts';
import { checkWithNag } from '../../../lib/constructs/shared/nag.ts';
import { PipelineRoles } from '../../../lib/pipeline/pipeline-roles.ts';
import { readPipelineContext } from '../../../lib/pipeline/read-pipeline-context.ts';
import { createApp, WITHOUT_VALIDATION } from './stacks.ts';

/**
 * The template of the pipeline's roles.
 * @param context what `-c` says
 * @param options the stages that are known, and what the app is made with
 * @throws Error if cdk-nag finds something
 */
export function pipelineRoles(
  context: Record<string, string>,
  { known = stages, props = WITHOUT_VALIDATION }: { known?: Stages; props?: AppProps } = {},
): Template {
  const { app } = createApp(props);
  for (const [name, value] of Object.entries(context)) app.node.setContext(name, value);
  checkWithNag(app);
  const stack = new PipelineRoles(app, 'tick-store-pipeline', readPipelineContext(app, known));
  app.synth();
  return Template.fromStack(stack);
}
