import { stages } from '../infra.config.ts';
import { createApp } from '../lib/constructs/shared/create-app.ts';
import { checkWithNag } from '../lib/constructs/shared/nag.ts';
import { PipelineRoles } from '../lib/pipeline/pipeline-roles.ts';
import { readPipelineContext } from '../lib/pipeline/read-pipeline-context.ts';

/**
 * The roles of the pipeline, once per account, deployed by a person who may create roles: `npx cdk deploy --app 'node
 * bin/pipeline.ts' -c repository=owner/name -c stages=test`.
 */
try {
  const app = createApp();
  checkWithNag(app);
  new PipelineRoles(app, 'tick-store-pipeline', {
    ...readPipelineContext(app, stages),
    description: 'Tick Store: roles with which GitHub Actions deploys',
  });
} catch (error) {
  console.error(process.env['DEBUG'] || !(error instanceof Error) ? error : error.message);
  process.exitCode = 1;
}
