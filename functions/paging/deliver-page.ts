import { callAws } from '../aws/call-aws.ts';
import type { Logger } from '../runtime/logger.ts';
import { notifyPagerDuty } from './notify-pager-duty.ts';
import type { Page } from './page.ts';
import type { Severity } from './page-facts.ts';
import { chatMessageOf, smsOf, subjectOf, textOf } from './page-forms.ts';

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

/**
 * Hands a page to everybody who does not have it. What PagerDuty does not accept goes to the queue of undelivered pages, whose
 * alarm is critical, so that nobody is paged twice because somebody else could not be.
 * @param done who has it already; gets whoever takes it now
 * @throws AwsError where the topic or the queue does not take it, after which Lambda tries the whole again
 */
export async function deliverPage(page: Page, to: Recipients, logger: Logger, done: Set<string>): Promise<void> {
  const forms = () => ({ default: textOf(page), sms: smsOf(page), https: JSON.stringify(chatMessageOf(page)) });
  await Promise.all([
    once(done, TOPIC, () => publish(to.topics[page.severity], subjectOf(page), forms())),
    ...to.pagerDuty[page.severity].map((secret) => once(done, secret, () => handToPagerDuty(page, secret, to, logger))),
  ]);
}

/** Hands on what cannot be made into a page, as it came: better than nothing. */
export async function deliverRaw(
  message: { readonly subject: string; readonly text: string },
  severity: Severity,
  { topics }: Recipients,
  done: Set<string>,
): Promise<void> {
  await once(done, TOPIC, () => publish(topics[severity], message.subject, { default: message.text }));
}

/** The topic among those who have a page. */
const TOPIC = 'topic';

async function once(done: Set<string>, recipient: string, hand: () => Promise<void>): Promise<void> {
  if (done.has(recipient)) return;
  await hand();
  done.add(recipient);
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

async function handToPagerDuty(page: Page, secret: string, to: Recipients, logger: Logger): Promise<void> {
  try {
    await notifyPagerDuty(page, secret, to.pagerDutyUrl);
  } catch (error) {
    const reason = (error as Error).message;
    logger.error('PagerDuty did not take a page', { secret, reason, alarm: page.alarm });
    await sendToQueue(
      to.undeliveredQueue,
      JSON.stringify({ recipient: `PagerDuty (${secret})`, reason, page: textOf(page) }),
    );
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
