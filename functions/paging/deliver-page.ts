import { callAws } from '../aws/call-aws.ts';
import { post } from '../aws/post.ts';
import { fetchSecret } from '../aws/secrets-manager.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Page } from './page.ts';
import type { Severity } from './page-facts.ts';
import { chatMessageOf, pagerDutyEventOf, smsOf, subjectOf, textOf } from './page-forms.ts';

/** Where pages go. */
export interface Recipients {
  /** ARNs of the topics that people are subscribed to. */
  readonly topics: Readonly<Record<Severity, string>>;
  /** Names of the secrets with PagerDuty's routing keys. */
  readonly pagerDuty: Readonly<Record<Severity, readonly string[]>>;
  readonly pagerDutyUrl: string;
  /** URL of the queue for what a recipient has not accepted. */
  readonly undeliveredQueue: string;
}

/** SNS' limit for a message, in all its forms. Bytes; less than it, for what JSON adds. */
const MOST_BYTES = 200_000;
/** Pauses before further attempts at PagerDuty. Milliseconds. */
const PAUSES_MS = [500, 2_000];

/**
 * Hands a page to everybody. What PagerDuty does not accept goes to the queue of undelivered pages, whose alarm is critical,
 * so that nobody is paged twice because somebody else could not be.
 * @throws AwsError where the topic does not take it, after which Lambda tries the whole again
 */
export async function deliverPage(page: Page, to: Recipients, logger: Logger): Promise<void> {
  await Promise.all([
    publish(to.topics[page.severity], subjectOf(page), {
      default: textOf(page),
      sms: smsOf(page),
      https: JSON.stringify(chatMessageOf(page)),
    }),
    ...to.pagerDuty[page.severity].map((secret) => notifyPagerDuty(page, secret, to, logger)),
  ]);
}

/** Hands on what cannot be made into a page, as it came: better than nothing. */
export async function deliverRaw(
  message: { readonly subject: string; readonly text: string },
  severity: Severity,
  { topics }: Recipients,
): Promise<void> {
  await publish(topics[severity], message.subject, { default: message.text });
}

async function publish(topic: string, subject: string, forms: Readonly<Record<string, string>>): Promise<void> {
  const cut = Object.fromEntries(Object.entries(forms).map(([form, text]) => [form, text.slice(0, MOST_BYTES / 3)]));
  await callAws({
    service: 'sns',
    operation: 'sns Publish',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: topic,
      Subject: subject || 'Tick Store',
      MessageStructure: 'json',
      Message: JSON.stringify(cut),
    }).toString(),
  });
}

async function notifyPagerDuty(page: Page, secret: string, to: Recipients, logger: Logger): Promise<void> {
  try {
    const routingKey = (await fetchSecret(secret))?.trim() ?? '';
    await enqueue(to.pagerDutyUrl, JSON.stringify(pagerDutyEventOf(page, routingKey)));
  } catch (error) {
    const reason = (error as Error).message;
    logger.error('PagerDuty did not take a page', { secret, reason, alarm: page.alarm });
    await sendToQueue(
      to.undeliveredQueue,
      JSON.stringify({ recipient: `PagerDuty (${secret})`, reason, page: textOf(page) }),
    );
  }
}

/** @throws Error that has PagerDuty's status, and never the routing key */
async function enqueue(url: string, body: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await post(new URL(url), { 'Content-Type': 'application/json' }, body).catch(
      (error: Error) => error,
    );
    if (!(outcome instanceof Error) && outcome.status < 300) return;
    const pauseMs = PAUSES_MS[attempt];
    const mayPass = outcome instanceof Error || outcome.status === 429 || outcome.status >= 500;
    if (pauseMs === undefined || !mayPass)
      throw new Error(outcome instanceof Error ? outcome.message : `HTTP status ${outcome.status}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function sendToQueue(url: string, body: string): Promise<void> {
  await callAws({
    service: 'sqs',
    operation: 'sqs SendMessage',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl: url, MessageBody: body }),
  });
}
