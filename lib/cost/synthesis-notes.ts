import { functionAcquireSeconds } from '../config/capacity.ts';
import type { Settings } from '../config/schema.ts';
import type { CloudFormationTemplate } from '../template/template.ts';
import { idleCost } from './idle-cost.ts';
import { totalOf } from './prices.ts';

/** Notes that a synthesis prints next to its warnings: the idle estimate, and a setting that functions do not use. */
export function synthesisNotes(settings: Settings, template: CloudFormationTemplate): string[] {
  const usd = Math.round(totalOf(idleCost(template, settings)));
  const { acquireTimeoutSeconds } = settings.pooler;
  const seconds = functionAcquireSeconds(settings);
  return [
    `about ${usd} USD per idle month in us-east-1 (docs/cost.md)`,
    ...(seconds < acquireTimeoutSeconds
      ? [
          `functions wait at most ${seconds} s for a connection, because API Gateway ends requests at 30 s; pooler.acquireTimeoutSeconds = ${acquireTimeoutSeconds} applies to other clients of the pooler`,
        ]
      : []),
  ];
}
