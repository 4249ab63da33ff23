import { callAws } from '../aws/call-aws.ts';
import type { Logger } from '../runtime/logger.ts';
import { notifyPagerDuty } from './notify-pager-duty.ts';
import type { OnCallPage } from './page.ts';
import type { Severity } from './page-facts.ts';
import { chatMessageOf, smsOf, subjectOf, textOf } from './page-forms.ts';
import type { RefusedPage } from './refused-page.ts';
import { sendToQueue } from './send-to-queue.ts';

/** The recipients of pages, and the queues for what they do not accept. */
export interface PageTargets {
  /** ARNs of the topics that people are subscribed to. */
  readonly topics: Readonly<Record<Severity, string>>;
  /** Names of the secrets with PagerDuty's routing keys. */
  readonly pagerDuty: Readonly<Record<Severity, readonly string[]>>;
  readonly pagerDutyUrl: string;
  /** URL of the queue for pages that could not be delivered and that a person must read. */
  readonly undeliveredQueue: string;
  /** URL of the queue of pages that PagerDuty has refused, from which they are retried. */
  readonly refusedQueue: string;
}

/** A message as it was received. The page is composed from it now, and again on each retry. */
export interface PageSource {
  readonly subject: string;
  readonly text: string;
  /** When it was published, ISO 8601. It stays the same on retries, and dates a message that has no time of its own. */
  readonly sentAt?: string | undefined;
}

/** A page, and the message that it was composed from. */
export interface SourcedPage {
  readonly page: OnCallPage;
  readonly source: PageSource;
}

/** The longest message in all its forms together. SNS allows 262,144 bytes; the rest is for what JSON adds. Bytes. */
const MAX_MESSAGE_BYTES = 200_000;
/** The longest text of a page in the queue, which also holds the page's source. Characters. */
const MAX_TEXT_LENGTH = 10_000;

/**
 * Delivers a page to every recipient that does not have it yet. If PagerDuty refuses it, it goes to the queue of refused pages
 * and is retried from there. So a failure at one recipient does not page the others twice.
 * @param sourced the page and its source
 * @param done the recipients that already have it; each new one is added
 * @throws AwsError if the topic or the queue does not accept it. Lambda then retries the whole message
 */
export async function deliverPage(
  sourced: SourcedPage,
  to: PageTargets,
  logger: Logger,
  done: Set<string>,
): Promise<void> {
  const { page } = sourced;
  const forms = () => ({ default: textOf(page), sms: smsOf(page), https: JSON.stringify(chatMessageOf(page)) });
  await Promise.all([
    once(done, TOPIC, () => publish(to.topics[page.severity], subjectOf(page), forms())),
    ...to.pagerDuty[page.severity].map((secret) =>
      once(done, secret, () => sendToPagerDuty(sourced, secret, to, logger)),
    ),
  ]);
}

/**
 * Sends a page to PagerDuty or, if PagerDuty refuses it, to the queue of refused pages.
 * @param secret name of the secret with the routing key
 * @throws AwsError if the queue does not accept it either
 */
export async function sendToPagerDuty(
  { page, source }: SourcedPage,
  secret: string,
  to: PageTargets,
  logger: Logger,
): Promise<void> {
  const reason = await refusalOf(page, secret, to, logger);
  if (reason === undefined) return;
  const refusedAt = new Date().toISOString();
  const kept: RefusedPage = {
    ...{ secret, severity: page.severity, reason, refusedAt, source },
    page: textOf(page).slice(0, MAX_TEXT_LENGTH),
  };
  await sendToQueue(to.refusedQueue, kept);
}

/** Publishes a message unchanged if no page can be composed from it: that is better than nothing. */
export async function deliverRaw(
  message: PageSource,
  severity: Severity,
  { topics }: PageTargets,
  done: Set<string>,
): Promise<void> {
  await once(done, TOPIC, () => publish(topics[severity], message.subject, { default: message.text }));
}

/** Stands for the topic in the set of recipients that have a page. */
const TOPIC = 'topic';

async function once(done: Set<string>, recipient: string, deliver: () => Promise<void>): Promise<void> {
  if (done.has(recipient)) return;
  await deliver();
  done.add(recipient);
}

async function publish(topic: string, subject: string, forms: Readonly<Record<string, string>>): Promise<void> {
  const cut = Object.fromEntries(
    Object.entries(forms).map(([form, text]) => [form, text.slice(0, MAX_MESSAGE_BYTES / 3)]),
  );
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

/** Sends a page to PagerDuty. @returns why PagerDuty refused it; undefined if it accepted it */
async function refusalOf(
  page: OnCallPage,
  secret: string,
  to: PageTargets,
  logger: Logger,
): Promise<string | undefined> {
  try {
    await notifyPagerDuty(page, secret, to.pagerDutyUrl);
    return undefined;
  } catch (error) {
    const reason = (error as Error).message;
    logger.error('PagerDuty refused a page', { secret, reason, alarm: page.alarm });
    return reason;
  }
}
