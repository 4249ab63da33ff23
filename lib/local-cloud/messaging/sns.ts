import { randomUUID } from 'node:crypto';
import type { Account } from '../cloudformation/arns.ts';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import type { LocalQueue } from './local-queue.ts';
import { envelopeOf, isLoopback, post } from './post-message.ts';
import type { Delivery, OutboxMessage } from './sns-message.ts';
import { readTopics, type Subscription, type Topics } from './subscriptions.ts';

export interface SnsOptions extends Account {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Sends an event to a function, which runs it asynchronously. Without it, subscribed functions receive nothing. */
  readonly send?: (functionArn: string, payload: string) => Promise<void>;
  /** Queues by ARN. A subscription's undelivered messages go to the queue that it names. */
  readonly queues: ReadonlyMap<string, LocalQueue>;
}

const MAX_MESSAGES = 1_000;
/** SNS's default for http(s) is three retries, 20 s apart. */
const MAX_ATTEMPTS = 4;
const RETRY_MS = 20_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The topics of a template. Each message is kept in an outbox and printed to the terminal. Subscribers on loopback
 * really receive it, each at its own pace. All others are recorded as not delivered. In memory only.
 */
export class Sns {
  readonly #options: SnsOptions;
  readonly #topics: Topics;
  readonly #messages: OutboxMessage[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  /** @throws Error for a setting of a topic or a subscription that is not emulated */
  constructor(options: SnsOptions) {
    this.#options = options;
    this.#topics = readTopics(options.resources, options);
    for (const { topicArn, deadLetterArn } of this.#topics.subscriptions) {
      if (deadLetterArn !== undefined && !options.queues.has(deadLetterArn))
        throw new Error(`a subscription to ${topicArn} names ${deadLetterArn}, which is not a queue of the template`);
    }
  }

  /** @throws Error if no topic has this name */
  topicArn(name: string): string {
    const [found] = [...this.#topics.names].find(([, one]) => one === name) ?? [];
    if (found === undefined) throw new Error(`no topic of the template is called ${name}`);
    return found;
  }

  /** @throws Error if there is no such topic */
  checkTopic(arn: string): void {
    if (!this.#topics.names.has(arn)) throw new Error(`${arn} is not a topic of the template`);
  }

  /**
   * Returns at once, without waiting for subscribers.
   * @param note printed instead of the topic and the subject
   * @returns the message's id
   */
  publish(arn: string, published: Publication): string {
    this.checkTopic(arn);
    const { subject, message, byProtocol = {}, note } = published;
    const { clock, print, send } = this.#options;
    const subscriptions = this.#topics.subscriptions.filter(({ topicArn }) => topicArn === arn);
    const deliveries = subscriptions.map((subscription) => ({
      subscription,
      delivery: begin(subscription, send !== undefined),
    }));
    const topic = this.#topics.names.get(arn) ?? arn;
    const kept: OutboxMessage = {
      messageId: randomUUID(),
      topicArn: arn,
      topic,
      subject,
      message,
      byProtocol,
      publishedAt: new Date(clock.now()).toISOString(),
      deliveries: deliveries.map(({ delivery }) => delivery),
    };
    this.#messages.unshift(kept);
    this.#messages.splice(MAX_MESSAGES);
    // a message to a function is shown by the messages that the function publishes
    if (!deliveries.some(({ delivery }) => delivery.protocol === 'lambda' && delivery.outcome === 'pending'))
      print(note ?? `${topic}: ${subject}`);
    for (const { subscription, delivery } of deliveries) {
      if (delivery.outcome !== 'pending') continue;
      if (delivery.protocol === 'lambda') this.#track(this.#invoke(kept, subscription, delivery));
      else this.#track(this.#deliver(kept, subscription, delivery));
    }
    return kept.messageId;
  }

  /** Newest first. */
  messages(): OutboxMessage[] {
    return structuredClone(this.#messages);
  }

  /** Resolves when no request is in progress. A delivery that waits for its retry does not count. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Lambda accepts every event, even if it fails later: it has its own retries and failure destination. */
  async #invoke(message: OutboxMessage, { endpoint }: Subscription, delivery: Mutable<Delivery>): Promise<void> {
    delivery.attempts += 1;
    delivery.outcome = 'delivered';
    await this.#options.send?.(endpoint, lambdaEventOf(message));
  }

  async #deliver(message: OutboxMessage, subscription: Subscription, delivery: Mutable<Delivery>): Promise<void> {
    const { clock, print, queues } = this.#options;
    const { outcome, detail } = await post(message, subscription, clock);
    delivery.attempts += 1;
    delivery.detail = detail;
    if (outcome === 'delivered') {
      delivery.outcome = 'delivered';
    } else if (outcome === 'refused' || delivery.attempts === MAX_ATTEMPTS) {
      delivery.outcome = 'failed';
      print(`${message.topic}: ${delivery.endpoint} was not reached after ${delivery.attempts} attempts (${detail})`);
      if (subscription.deadLetterArn !== undefined)
        queues.get(subscription.deadLetterArn)?.send(envelopeOf(message, subscription.protocol), clock.now());
    } else {
      clock.at(clock.now() + RETRY_MS, () => {
        if (!this.#stopped) this.#track(this.#deliver(message, subscription, delivery));
      });
    }
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}

/** A publication. */
export interface Publication {
  readonly subject: string;
  readonly message: string;
  /** Texts that replace the message, by protocol. */
  readonly byProtocol?: Readonly<Record<string, string>>;
  readonly note?: string;
}

/** The event that a subscribed function receives. JSON. */
const lambdaEventOf = ({ topicArn, messageId, subject, message, byProtocol, publishedAt }: OutboxMessage): string =>
  JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topicArn}:local`,
        Sns: {
          ...{ Type: 'Notification', MessageId: messageId, TopicArn: topicArn, Timestamp: publishedAt },
          Subject: subject === '' ? null : subject,
          Message: byProtocol['lambda'] ?? message,
          MessageAttributes: {},
        },
      },
    ],
  });

function begin({ protocol, endpoint }: Subscription, hasFunctions: boolean): Mutable<Delivery> {
  const posted = (protocol === 'http' || protocol === 'https') && isLoopback(endpoint);
  const isTaken = posted || (protocol === 'lambda' && hasFunctions);
  return {
    protocol,
    endpoint: shown(endpoint),
    outcome: isTaken ? 'pending' : 'not delivered locally',
    attempts: 0,
    detail: '',
  };
}

/** The path of an address may contain a key. */
const shown = (endpoint: string): string =>
  URL.canParse(endpoint) && new URL(endpoint).host !== '' ? new URL(endpoint).origin : endpoint;
