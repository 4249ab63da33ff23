import { Duration } from 'aws-cdk-lib';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct, type IDependable } from 'constructs';
import type { ServiceFunction } from './functions/service-function.ts';

export interface MigrationProps {
  readonly migrate: ServiceFunction;
  /** What must exist before: the cluster, its instances, the network to it. */
  readonly after: readonly IDependable[];
  /** What takes traffic and must wait: the aliases. */
  readonly before: readonly Construct[];
}

/**
 * Runs the migration function in each deployment that changes it, SQL files included, and waits for it. If it fails,
 * the deployment fails and rolls back, and the functions in service continue unchanged.
 */
export class Migration extends Construct {
  readonly trigger: triggers.Trigger;

  constructor(scope: Construct, id: string, { migrate, after, before }: MigrationProps) {
    super(scope, id);
    this.trigger = new triggers.Trigger(this, 'Run', {
      handler: migrate.function,
      invocationType: triggers.InvocationType.REQUEST_RESPONSE,
      // the provider's own limit, which is also the function's
      timeout: Duration.minutes(15),
    });
    this.trigger.node.addDependency(...after);
    // the right to log in must exist before the first attempt
    this.trigger.node.addDependency(migrate.role);
    this.trigger.executeBefore(...before);
  }
}
