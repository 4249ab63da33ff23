import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import middy from '@middy/core';
import type { Context, EventBridgeEvent, SNSEvent, SQSEvent } from 'aws-lambda';
import { DeliveryLog } from './paging/delivery-log.ts';
import { readPagerEnvironment } from './paging/environment.ts';
import type { PageFacts } from './paging/page-facts.ts';
import type { PagerServices } from './paging/pager.ts';
import { redeliverPages } from './paging/redeliver-page.ts';
import { pageOf, pageOfEvent, repeatOne, repeatStanding } from './paging/send-pages.ts';
import { logInvocation } from './runtime/log-invocation.ts';
import { createLogger } from './runtime/logger.ts';

const logger = createLogger();
const pager: PagerServices = {
  ...readPagerEnvironment(),
  facts: JSON.parse(readFileSync(join(import.meta.dirname, 'pages.json'), 'utf8')) as PageFacts,
  region: process.env['AWS_REGION'] ?? '',
  functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
  delivered: new DeliveryLog(),
  logger,
  now: () => new Date(),
};

type PagerEvent =
  | SNSEvent
  | SQSEvent
  | EventBridgeEvent<string, unknown>
  | { readonly repeat: 'standing' }
  | { readonly alarm: string };

const isFromQueue = (event: SNSEvent | SQSEvent): event is SQSEvent =>
  event.Records.every((record) => 'eventSource' in record && record.eventSource === 'aws:sqs');

/**
 * The pager, between alarms and people. It composes pages from what CloudWatch publishes and from what AWS services report. Once
 * a day it repeats the page of every alarm that is still critical. It retries the pages that PagerDuty has refused, from their
 * queue. And it sends the page of one alarm on request: `{"alarm": "<its name>"}`.
 */
export const handler = middy(async (event: PagerEvent, { awsRequestId }: Context) => {
  if ('Records' in event) {
    if (isFromQueue(event)) return redeliverPages(event.Records, pager);
    for (const { Sns } of event.Records) await pageOf(Sns, pager);
    return { pages: event.Records.length };
  }
  if ('detail-type' in event) {
    await pageOfEvent(event, pager);
    return { pages: 1 };
  }
  // the id stays the same if Lambda retries the run
  const run = awsRequestId;
  return { repeated: 'alarm' in event ? await repeatOne(event.alarm, pager, run) : await repeatStanding(pager, run) };
}).use(logInvocation(logger));
