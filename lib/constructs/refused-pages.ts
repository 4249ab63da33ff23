import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RETRY_HOURS } from '../../functions/paging/redeliver-page.ts';
import type { Settings } from '../config/schema.ts';
import { SEVERITIES } from './alarms/definition.ts';
import type { Names } from './shared/names.ts';

/**
 * Longest run of the pager: asking CloudWatch 5 s; PagerDuty 34 s with its secret and two events, meanwhile the topic; then the queue
 * 10 s, or asking again 5 s and an event more 12 s.
 */
export const PAGER_TIMEOUT = Duration.seconds(60);

/** The pager has just tried for seconds. Then the first attempt from the queue. */
const FIRST_ATTEMPT = Duration.minutes(1);
/** Between further attempts: AWS advises six times the function's timeout. */
const BETWEEN_ATTEMPTS = Duration.seconds(6 * PAGER_TIMEOUT.toSeconds());
/** After that a page is left for a person. */
const MOST_AGE = Duration.hours(MAX_RETRY_HOURS);
/** SQS' longest: while hundreds of pages wait, their attempts take longer, and what is deleted by its age is in no other queue. */
const LONGEST = Duration.days(14);

export interface RefusedPagesProps {
  readonly names: Names;
  readonly settings: Settings['alerts'];
  readonly undelivered: sqs.IQueue;
}

/**
 * The queue in which pages wait that PagerDuty has refused. The pager is called with each of them a minute later, and then every
 * six minutes for twelve hours. Only where the configuration names PagerDuty: SNS does the same for its subscribers.
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
