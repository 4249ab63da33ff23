import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';
import { type Field, id, recordSchema, responseShape, symbol, timestamp } from './fields.ts';

/** What a rule did when its condition was met. */
export const FIRED_STATUSES = ['fired', 'suppressed', 'error'] as const;
/** States of a notification. */
export const DELIVERY_STATUSES = [
  'pending',
  'in_app_sent',
  'sound_played',
  'slack_sent',
  'all_delivered',
  'failed',
] as const;

/** The fields of an alert log besides `timestamp`, `instrumentId` and `symbol`, in the order of the table's columns. */
export const alertLogFields = [
  {
    name: 'ruleId',
    column: 'rule_id',
    kind: 'integer',
    type: 'int4',
    reference: 'rule',
    required: true,
    nonNegative: true,
    description: forDocument('The rule that fired.'),
  },
  {
    name: 'triggerValue',
    column: 'trigger_value',
    kind: 'number',
    required: true,
    description: forDocument('The value that met the condition.'),
  },
  {
    name: 'thresholdValue',
    column: 'threshold_value',
    kind: 'number',
    required: true,
    description: forDocument('The threshold that it was compared with.'),
  },
  {
    name: 'firedStatus',
    column: 'fired_status',
    kind: 'choice',
    required: true,
    choices: FIRED_STATUSES,
    description: forDocument('What the rule did.'),
  },
  {
    name: 'deliveryStatus',
    column: 'delivery_status',
    kind: 'choice',
    choices: DELIVERY_STATUSES,
    fallback: 'pending',
    description: forDocument('State of the notification. Defaults to `pending`.'),
  },
  {
    name: 'evaluationTimeMs',
    column: 'evaluation_time_ms',
    kind: 'number',
    nonNegative: true,
    description: forDocument('How long the evaluation took, in milliseconds.'),
  },
  {
    name: 'ruleCondition',
    column: 'rule_condition',
    kind: 'text',
    maxLength: 500,
    description: forDocument('The condition when the rule fired.'),
  },
  {
    name: 'alertMessage',
    column: 'alert_message',
    kind: 'text',
    maxLength: 2000,
    description: forDocument('The notification text.'),
  },
  {
    name: 'errorMessage',
    column: 'error_message',
    kind: 'text',
    maxLength: 2000,
    description: forDocument('Why the rule or its delivery failed.'),
  },
  {
    name: 'deliveryAttemptedAt',
    column: 'delivery_attempted_at',
    kind: 'timestamp',
    description: forDocument('When delivery began.'),
  },
  {
    name: 'deliveryCompletedAt',
    column: 'delivery_completed_at',
    kind: 'timestamp',
    description: forDocument('When delivery ended.'),
  },
] as const satisfies readonly Field[];

/** The schema of one alert log in a batch, for the OpenAPI document. */
export const alertLogRecord = /* @__PURE__ */ made(() =>
  documented(
    recordSchema(alertLogFields),
    forDocument({
      id: 'AlertLogRecord',
      example: {
        timestamp: '2026-01-31T14:30:00Z',
        symbol: 'ES',
        ruleId: 1,
        triggerValue: 4301,
        thresholdValue: 4300,
        firedStatus: 'fired',
        deliveryStatus: 'pending',
      },
    }),
  ),
);

/** A stored alert log, as responses show it. */
export const alertLog = /* @__PURE__ */ made(() => {
  const { ruleId, ...fields } = responseShape(alertLogFields);
  return documented(
    z.object({
      id,
      timestamp,
      ruleId,
      ruleName: z.string(),
      instrumentId: id,
      symbol,
      instrumentName: z.string(),
      ...fields,
      batchId: id,
      deletedAt: z.nullable(timestamp),
      deletedBy: z.nullable(id),
    }),
    forDocument({ id: 'AlertLog' }),
  );
});
/** A stored alert log, as responses show it. */
export type AlertLog = z.output<typeof alertLog>;
