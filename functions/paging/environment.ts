import * as z from 'zod';
import type { Recipients } from './deliver-page.ts';

const arn = z.string().min(1);
const names = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter(Boolean));

/** What the pager reads from its environment. Lambda's own variables are not in it. */
export const pagerVariables = z.object({
  SERVICE_NAME: z.string().min(1).default('tick-store'),
  /** The topics that alarms publish to. */
  CRITICAL_ALARMS_ARN: arn,
  WARNING_ALARMS_ARN: arn,
  /** The topics that people are subscribed to. */
  CRITICAL_TOPIC_ARN: arn,
  WARNING_TOPIC_ARN: arn,
  /** The queue for pages that a recipient did not accept. */
  UNDELIVERED_QUEUE_URL: z.string().min(1),
  /** Names of secrets, each with a routing key of PagerDuty; by comma. */
  CRITICAL_PAGERDUTY_SECRETS: names,
  WARNING_PAGERDUTY_SECRETS: names,
  PAGERDUTY_URL: z.url().default('https://events.pagerduty.com/v2/enqueue'),
  /** Where pages send their reader to look. Default: the service's dashboard in CloudWatch. */
  DASHBOARD_URL: z.url().optional(),
});

/** @throws Error naming each wrong variable, never its value */
export function readPagerEnvironment(variables: NodeJS.ProcessEnv = process.env) {
  const result = pagerVariables.safeParse(variables);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The function's environment is not valid: ${faults.join('; ')}`);
  }
  const { data } = result;
  const recipients: Recipients = {
    topics: { critical: data.CRITICAL_TOPIC_ARN, warning: data.WARNING_TOPIC_ARN },
    pagerDuty: { critical: data.CRITICAL_PAGERDUTY_SECRETS, warning: data.WARNING_PAGERDUTY_SECRETS },
    pagerDutyUrl: data.PAGERDUTY_URL,
    undeliveredQueue: data.UNDELIVERED_QUEUE_URL,
  };
  return {
    recipients,
    alarmTopics: { critical: data.CRITICAL_ALARMS_ARN, warning: data.WARNING_ALARMS_ARN },
    dashboardUrl: data.DASHBOARD_URL,
  };
}
