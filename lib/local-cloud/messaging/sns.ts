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
  /** By ARN: what could not be delivered goes to the one that the subscription names. */
  readonly queues: ReadonlyMap<string, LocalQueue>;
}

const MAX_MESSAGES = 1_000;
/** SNS's default for http(s) tries three times more, 20 s apart. */
const MAX_ATTEMPTS = 4;
const RETRY_MS = 20_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The topics of a template. Each message is kept in an outbox and shown to whoever watches the console; subscribers on
 * loopback really get it, each at its own pace, and all others are noted as not delivered. In memory only.
 */
export class Sns {
  readonly #options: SnsOptions;
  readonly #topics: Topics;
  readonly #messages: OutboxMessage[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  /** @throws Error for what of a topic or a subscription is not emulated */
  constructor(options: SnsOptions) {
    this.#options = options;
    this.#topics = readTopics(options.resources, options);
    for (const { topicArn, deadLetterArn } of this.#topics.subscriptions) {
      if (deadLetterArn !== undefined && !options.queues.has(deadLetterArn))
        throw new Error(`a subscription to ${topicArn} names ${deadLetterArn}, which is not a queue of the template`);
    }
  }

  /** @throws Error where there is no such topic */
  checkTopic(arn: string): void {
    if (!this.#topics.names.has(arn)) throw new Error(`${arn} is not a topic of the template`);
  }

  /**
   * Returns at once, whatever its subscribers do.
   * @param note printed in place of the topic and the subject
   */
  publish(
    arn: string,
    { subject, message, note }: { readonly subject: string; readonly message: string; readonly note?: string },
  ): void {
    this.checkTopic(arn);
    const { clock, print } = this.#options;
    const subscriptions = this.#topics.subscriptions.filter(({ topicArn }) => topicArn === arn);
    const deliveries = subscriptions.map((subscription) => ({ subscription, delivery: begin(subscription) }));
    const topic = this.#topics.names.get(arn) ?? arn;
    const published: OutboxMessage = {
      messageId: randomUUID(),
      topicArn: arn,
      topic,
      subject,
      message,
      publishedAt: new Date(clock.now()).toISOString(),
      deliveries: deliveries.map(({ delivery }) => delivery),
    };
    this.#messages.unshift(published);
    this.#messages.splice(MAX_MESSAGES);
    print(note ?? `${topic}: ${subject}`);
    for (const { subscription, delivery } of deliveries) {
      if (delivery.outcome === 'pending') this.#track(this.#deliver(published, subscription, delivery));
    }
  }

  /** Newest first. */
  messages(): OutboxMessage[] {
    return structuredClone(this.#messages);
  }

  /** Resolves when no request is under way; one that waits to be tried again is not. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  stop(): void {
    this.#stopped = true;
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
        queues.get(subscription.deadLetterArn)?.send(envelopeOf(message), clock.now());
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

function begin({ protocol, endpoint }: Subscription): Mutable<Delivery> {
  const posted = (protocol === 'http' || protocol === 'https') && isLoopback(endpoint);
  return {
    protocol,
    endpoint: shown(endpoint),
    outcome: posted ? 'pending' : 'not delivered locally',
    attempts: 0,
    detail: '',
  };
}

/** The path of an address may hold a key. */
const shown = (endpoint: string): string =>
  URL.canParse(endpoint) && new URL(endpoint).host !== '' ? new URL(endpoint).origin : endpoint;
