import { Duration } from 'aws-cdk-lib';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct, type IDependable } from 'constructs';
import type { ServiceFunction } from './functions/service-function.ts';

export interface DeploymentStepProps {
  readonly run: ServiceFunction;
  /**
   * Resources that must exist, or steps that must have run, before: the cluster, its instances, the network to it,
   * another step.
   */
  readonly after: readonly IDependable[];
  /** Resources that serve traffic and must wait: the aliases. */
  readonly before?: readonly Construct[];
}

/**
 * Runs a function in each deployment that changes it or a file next to it, and waits for it: first the migration, then
 * the smoke run. If it fails, the deployment fails and rolls back, and the functions in service continue unchanged.
 */
export class DeploymentStep extends Construct {
  constructor(scope: Construct, id: string, { run, after, before = [] }: DeploymentStepProps) {
    super(scope, id);
    const trigger = new triggers.Trigger(this, 'Run', {
      handler: run.function,
      invocationType: triggers.InvocationType.REQUEST_RESPONSE,
      // the provider's own limit, which is also the migration's
      timeout: Duration.minutes(15),
    });
    trigger.node.addDependency(...after);
    // the right to log in must exist before the first attempt
    trigger.node.addDependency(run.role);
    trigger.executeBefore(...before);
  }
}
