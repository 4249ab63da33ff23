import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RETRY_HOURS } from '../../functions/paging/redeliver-page.ts';
import type { Settings } from '../config/schema.ts';
import { SEVERITIES } from './alarms/definition.ts';
import type { Names } from './shared/names.ts';

/**
 * The longest run of the pager: 5 s to query CloudWatch; 34 s for PagerDuty with its secret and two events, with the
 * topic in parallel; then 10 s for the queue, or 5 s to query again and 12 s for another event.
 */
export const PAGER_TIMEOUT = Duration.seconds(60);

/** The wait before the first attempt from the queue, because the pager has just tried for seconds. */
const FIRST_ATTEMPT = Duration.minutes(1);
/** The wait between further attempts: AWS advises six times the function's timeout. */
const BETWEEN_ATTEMPTS = Duration.seconds(6 * PAGER_TIMEOUT.toSeconds());
/** After this time a page is left for a person. */
const MOST_AGE = Duration.hours(MAX_RETRY_HOURS);
/**
 * SQS' maximum. While hundreds of pages wait, their attempts take longer, and messages that are deleted by age are in
 * no other queue.
 */
const LONGEST = Duration.days(14);

export interface RefusedPagesProps {
  readonly names: Names;
  readonly settings: Settings['alerts'];
  readonly undelivered: sqs.IQueue;
}

/**
 * The queue of pages that PagerDuty has refused. The pager is invoked with each of them a minute later, and then every
 * six minutes for twelve hours. It exists only if the configuration uses PagerDuty: SNS does the same for its
 * subscribers.
 */
export class RefusedPages extends Construct {
  readonly queue: sqs.Queue | undefined;

  constructor(scope: Construct, id: string, { names, settings, undelivered }: RefusedPagesProps) {
    super(scope, id);
    if (SEVERITIES.every((severity) => settings[severity].pagerDuty.length === 0)) return;
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: names.of('refused-pages'),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deliveryDelay: FIRST_ATTEMPT,
      visibilityTimeout: BETWEEN_ATTEMPTS,
      deadLetterQueue: {
        queue: undelivered,
        maxReceiveCount: MOST_AGE.toSeconds() / BETWEEN_ATTEMPTS.toSeconds(),
      },
      retentionPeriod: LONGEST,
    });
  }
}
