import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Resource } from '../cloudformation/resource.ts';

export interface QueueMessage {
  /** ISO 8601. */
  readonly sentAt: string;
  readonly body: string;
}

/**
 * A message that a consumer has received. It stays in the queue, hidden, until it is deleted or its visibility timeout
 * ends.
 */
export interface ReceivedMessage extends QueueMessage {
  readonly messageId: string;
  /** The handle of this receive. Handles of earlier receives delete nothing. */
  readonly receiptHandle: string;
  /** How often it has been received, including this time. */
  readonly receives: number;
  /** ISO 8601. */
  readonly firstReceivedAt: string;
}

/** The number of messages per state, as CloudWatch counts them. */
export interface QueueCounts {
  readonly visible: number;
  /** Received, but neither deleted nor visible again. */
  readonly inFlight: number;
  /** Not visible yet. */
  readonly delayed: number;
}

export interface QueueSettings {
  readonly retentionSeconds: number;
  /** The delay until a sent message becomes visible. Default: 0 */
  readonly delaySeconds?: number;
  /** How long a received message stays hidden. Default: 30 */
  readonly visibilityTimeoutSeconds?: number;
  /** A message received this often but not deleted goes to the dead-letter queue instead of being received again. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

interface Kept extends QueueMessage {
  readonly messageId: string;
  readonly visibleAt: number;
  readonly receives: number;
  readonly firstReceivedAt?: string;
  readonly receiptHandle?: string;
}

/** The most messages that a queue keeps; the oldest are dropped. */
const MOST_MESSAGES = 1000;
const DEFAULT_VISIBILITY_SECONDS = 30;

/**
 * A standard SQS queue in memory: delay, visibility timeout, receive count, redrive policy, retention. Messages are
 * received in the order in which they were sent, once each; SQS guarantees neither.
 */
export class LocalQueue {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutMs: number;
  readonly #settings: QueueSettings;
  readonly #watchers = new Set<() => void>();
  #messages: Kept[] = [];

  constructor(name: string, arn: string, settings: QueueSettings) {
    this.name = name;
    this.arn = arn;
    this.#settings = settings;
    this.visibilityTimeoutMs = (settings.visibilityTimeoutSeconds ?? DEFAULT_VISIBILITY_SECONDS) * 1000;
  }

  get redrive(): QueueSettings['redrive'] {
    return this.#settings.redrive;
  }

  /** @returns the message's id */
  send(body: string, now: number): string {
    const messageId = randomUUID();
    const visibleAt = now + (this.#settings.delaySeconds ?? 0) * 1000;
    this.#add({ messageId, sentAt: new Date(now).toISOString(), body, visibleAt, receives: 0 });
    return messageId;
  }

  /**
   * Receives visible messages, and hides them for the visibility timeout.
   * @param most the largest number of messages
   * @param deadLetters takes messages that were received too often. They keep their id and their sent time
   */
  receive(now: number, most: number, deadLetters?: LocalQueue): ReceivedMessage[] {
    this.#expire(now);
    const received: ReceivedMessage[] = [];
    for (const message of [...this.#messages]) {
      if (received.length === most) break;
      if (message.visibleAt > now) continue;
      if (deadLetters !== undefined && message.receives >= (this.redrive?.maxReceiveCount ?? Infinity)) {
        this.#messages = this.#messages.filter((one) => one !== message);
        const { messageId, sentAt, body } = message;
        deadLetters.#add({ messageId, sentAt, body, visibleAt: now, receives: 0 });
        continue;
      }
      const hidden = {
        ...message,
        receives: message.receives + 1,
        firstReceivedAt: message.firstReceivedAt ?? new Date(now).toISOString(),
        receiptHandle: randomUUID(),
        visibleAt: now + this.visibilityTimeoutMs,
      };
      this.#messages = this.#messages.map((one) => (one === message ? hidden : one));
      received.push(hidden);
    }
    return received;
  }

  /** Deletes a message by the handle of its newest receive. Any other handle deletes nothing. */
  delete(receiptHandle: string): void {
    this.#messages = this.#messages.filter((one) => one.receiptHandle !== receiptHandle);
  }

  /** Removes every message. */
  purge(): void {
    this.#messages = [];
  }

  /** All messages in any state, oldest first. */
  messages(now: number): readonly QueueMessage[] {
    this.#expire(now);
    return this.#messages.map(({ sentAt, body }) => ({ sentAt, body }));
  }

  counts(now: number): QueueCounts {
    this.#expire(now);
    const hidden = this.#messages.filter(({ visibleAt }) => visibleAt > now);
    const inFlight = hidden.filter(({ receives }) => receives > 0).length;
    return { visible: this.#messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  /** When the next message is or becomes visible; undefined if there is none. Epoch milliseconds. */
  nextVisibleAt(): number | undefined {
    const times = this.#messages.map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Calls back when a message arrives. @returns a function that ends the watch */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #expire(now: number): void {
    const oldest = now - this.#settings.retentionSeconds * 1000;
    this.#messages = this.#messages.filter(({ sentAt }) => Date.parse(sentAt) >= oldest);
  }

  #add(message: Kept): void {
    this.#messages = [...this.#messages, message].slice(-MOST_MESSAGES);
    for (const watcher of this.#watchers) watcher();
  }
}

/** SQS' defaults for omitted properties. FIFO queues are not emulated. */
const properties = z.object({
  QueueName: z.string().optional(),
  MessageRetentionPeriod: z.coerce.number().default(345_600),
  DelaySeconds: z.coerce.number().min(0).max(900).default(0),
  VisibilityTimeout: z.coerce.number().min(0).max(43_200).default(DEFAULT_VISIBILITY_SECONDS),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int().min(1).max(1000) })
    .optional(),
  FifoQueue: z.literal(false).optional(),
});

/**
 * The queues of the template, by ARN.
 * @throws Error that names the resource, for a setting that is not emulated, and for a dead-letter queue that does not
 * exist
 */
export function queuesOf(
  resources: readonly Resource[],
  { id, region }: { readonly id: string; readonly region: string },
): Map<string, LocalQueue> {
  const queues = resources
    .filter(({ type }) => type === 'AWS::SQS::Queue')
    .map((resource) => {
      const found = properties.safeParse(resource.properties);
      if (!found.success) throw new Error(`${resource.logicalId} cannot be emulated: ${z.prettifyError(found.error)}`);
      const { QueueName: name = resource.logicalId, RedrivePolicy: policy, ...rest } = found.data;
      return new LocalQueue(name, `arn:aws:sqs:${region}:${id}:${name}`, {
        retentionSeconds: rest.MessageRetentionPeriod,
        delaySeconds: rest.DelaySeconds,
        visibilityTimeoutSeconds: rest.VisibilityTimeout,
        ...(policy === undefined
          ? {}
          : { redrive: { deadLetterArn: policy.deadLetterTargetArn, maxReceiveCount: policy.maxReceiveCount } }),
      });
    });
  const byArn = new Map(queues.map((queue) => [queue.arn, queue]));
  for (const { name, redrive } of queues)
    if (redrive !== undefined && !byArn.has(redrive.deadLetterArn))
      throw new Error(`The queue ${name} names ${redrive.deadLetterArn}, which is not a queue of the template`);
  return byArn;
}
