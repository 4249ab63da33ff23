import type { App } from 'aws-cdk-lib';
import { nearestOf } from '../../functions/contract/nearest.ts';
import type { Stages } from '../config/stages.ts';
import type { PipelineRolesProps } from './pipeline-roles.ts';

const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/;
/** The default qualifier of CDK's bootstrap. */
const DEFAULT_QUALIFIER = 'hnb659fds';

/**
 * Reads the context of `npx cdk deploy --app 'node bin/pipeline.ts' -c repository=owner/name -c stages=test`.
 * @param known the stages of infra.config.ts
 * @throws Error that names what is missing or invalid
 */
export function readPipelineContext(app: App, known: Stages): PipelineRolesProps {
  const context = (name: string): string | undefined => app.node.tryGetContext(name);
  const repository = context('repository') ?? '';
  if (!REPOSITORY.test(repository)) throw new Error('Specify whose workflows may deploy: -c repository=owner/name');
  const names = Object.keys(known);
  const chosen = (context('stages') ?? names.join(',')).split(',').filter(Boolean);
  for (const stage of chosen)
    if (!names.includes(stage))
      throw new Error(
        `There is no stage ${stage} in infra.config.ts${names.length === 0 ? '' : `; the nearest is ${nearestOf(stage, names)}`}.`,
      );
  const shared = context('@aws-cdk/core:bootstrapQualifier') ?? DEFAULT_QUALIFIER;
  return {
    repository,
    stages: Object.fromEntries(chosen.map((stage) => [stage, known[stage]?.service?.bootstrapQualifier ?? shared])),
    providerExists: context('oidc-provider') === 'existing',
  };
}
