import * as z from 'zod/mini';
import { checkValue, listErrors } from '../contract/check-value.ts';
import type { PageTargets } from './deliver-page.ts';

const arn = z.string().check(z.minLength(1));
const names = z.pipe(
  z._default(z.string(), ''),
  z.transform((text) => text.split(',').filter(Boolean)),
);

/** What the pager reads from its environment. Lambda's own variables are not in it. */
export const pagerVariables = z.object({
  SERVICE_NAME: z._default(z.string().check(z.minLength(1)), 'tick-store'),
  /** The topics that alarms publish to. */
  CRITICAL_ALARMS_ARN: arn,
  WARNING_ALARMS_ARN: arn,
  /** The topics that people are subscribed to. */
  CRITICAL_TOPIC_ARN: arn,
  WARNING_TOPIC_ARN: arn,
  /** The queue for pages that could not be delivered. */
  UNDELIVERED_QUEUE_URL: z.string().check(z.minLength(1)),
  /** The queue for pages that PagerDuty has refused, from which they are retried. Default: `UNDELIVERED_QUEUE_URL`. */
  REFUSED_QUEUE_URL: z.optional(z.string().check(z.minLength(1))),
  /** Names of secrets, separated by commas. Each secret holds a routing key of PagerDuty. */
  CRITICAL_PAGERDUTY_SECRETS: names,
  WARNING_PAGERDUTY_SECRETS: names,
  PAGERDUTY_URL: z._default(z.url(), 'https://events.pagerduty.com/v2/enqueue'),
  /** The dashboard that pages link to. Default: the service's dashboard in CloudWatch. */
  DASHBOARD_URL: z.optional(z.url()),
});

/** @throws Error that names each invalid variable, never its value */
export function readPagerEnvironment(variables: NodeJS.ProcessEnv = process.env) {
  const checked = checkValue(pagerVariables, variables);
  if ('errors' in checked) throw new Error(`The function's environment is not valid: ${listErrors(checked.errors)}`);
  const data = checked.value;
  const recipients: PageTargets = {
    topics: { critical: data.CRITICAL_TOPIC_ARN, warning: data.WARNING_TOPIC_ARN },
    pagerDuty: { critical: data.CRITICAL_PAGERDUTY_SECRETS, warning: data.WARNING_PAGERDUTY_SECRETS },
    pagerDutyUrl: data.PAGERDUTY_URL,
    undeliveredQueue: data.UNDELIVERED_QUEUE_URL,
    refusedQueue: data.REFUSED_QUEUE_URL ?? data.UNDELIVERED_QUEUE_URL,
  };
  return {
    recipients,
    alarmTopics: { critical: data.CRITICAL_ALARMS_ARN, warning: data.WARNING_ALARMS_ARN },
    dashboardUrl: data.DASHBOARD_URL,
  };
}
