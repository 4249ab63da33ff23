import { functionAcquireSeconds } from '../config/capacity.ts';
import type { Settings } from '../config/schema.ts';
import type { CloudFormationTemplate } from '../template/template.ts';
import { idleCost } from './idle-cost.ts';
import { totalOf } from './prices.ts';

/** What a synthesis prints of a stack, next to its warnings: the idle estimate, and a setting that functions do not use. */
export function synthesisNotes(settings: Settings, template: CloudFormationTemplate): string[] {
  const usd = Math.round(totalOf(idleCost(template, settings)));
  const { acquireTimeoutSeconds } = settings.pooler;
  const seconds = functionAcquireSeconds(settings);
  return [
    `about ${usd} USD per idle month in us-east-1 (docs/cost.md)`,
    ...(seconds < acquireTimeoutSeconds
      ? [
          `functions wait ${seconds} s at most for a connection, not pooler.acquireTimeoutSeconds = ${acquireTimeoutSeconds}, because API Gateway ends requests at 30 s; other clients of the pooler do`,
        ]
      : []),
  ];
}
