import { callAws } from '../aws/call-aws.ts';
import type { Logger } from '../runtime/logger.ts';
import { notifyPagerDuty } from './notify-pager-duty.ts';
import type { OnCallPage } from './page.ts';
import type { Severity } from './page-facts.ts';
import { chatMessageOf, smsOf, subjectOf, textOf } from './page-forms.ts';
import type { RefusedPage } from './refused-page.ts';
import { sendToQueue } from './send-to-queue.ts';

/** Where pages go. */
export interface PageTargets {
  /** ARNs of the topics that people are subscribed to. */
  readonly topics: Readonly<Record<Severity, string>>;
  /** Names of the secrets with PagerDuty's routing keys. */
  readonly pagerDuty: Readonly<Record<Severity, readonly string[]>>;
  readonly pagerDutyUrl: string;
  /** URL of the queue for what nobody could be given, and a person has to read. */
  readonly undeliveredQueue: string;
  /** URL of the queue of pages that PagerDuty has refused, from which they come again. */
  readonly refusedQueue: string;
}

/** A message as it was received. A page is made from it now, and again when it is retried. */
export interface PageSource {
  readonly subject: string;
  readonly text: string;
  /** When it was published, ISO 8601: the time of what names none itself, and the same each time that it comes. */
  readonly sentAt?: string | undefined;
}

/** A page, and what it was made of. */
export interface SourcedPage {
  readonly page: OnCallPage;
  readonly source: PageSource;
}

/** SNS' limit for a message, in all its forms. Bytes; less than it, for what JSON adds. */
const MOST_BYTES = 200_000;
/** Of a page in a queue, next to what it was made of. Characters. */
const MOST_TEXT = 10_000;

/**
 * Hands a page to everybody who does not have it. What PagerDuty does not accept goes to the queue of refused pages, from which it
 * is tried again, so that nobody is paged twice because somebody else could not be.
 * @param source what the page was made of
 * @param done who has it already; gets whoever takes it now
 * @throws AwsError if the topic or the queue does not take it, after which Lambda tries the whole again
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
      once(done, secret, () => handToPagerDuty(sourced, secret, to, logger)),
    ),
  ]);
}

/**
 * Hands a page to PagerDuty, or to the queue of refused pages.
 * @param secret name of the secret with the routing key
 * @throws AwsError if the queue does not take it either
 */
export async function handToPagerDuty(
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
    page: textOf(page).slice(0, MOST_TEXT),
  };
  await sendToQueue(to.refusedQueue, kept);
}

/** Hands on what cannot be made into a page, as it came: better than nothing. */
export async function deliverRaw(
  message: PageSource,
  severity: Severity,
  { topics }: PageTargets,
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

/** Hands a page to PagerDuty. @returns why PagerDuty did not take it, or nothing */
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
    logger.error('PagerDuty did not take a page', { secret, reason, alarm: page.alarm });
    return reason;
  }
}
