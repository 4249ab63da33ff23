import type { Resource } from '../cloudformation/resource.ts';

export interface QueueMessage {
  /** ISO 8601. */
  readonly sentAt: string;
  readonly body: string;
}

/** Kept at most; older ones go. Count. */
const MOST_MESSAGES = 1000;

/** An SQS queue in memory, as far as a dead-letter queue needs it: messages come in, and stay until they are too old. */
export class LocalQueue {
  readonly name: string;
  readonly arn: string;
  readonly #retentionMs: number;
  readonly #messages: QueueMessage[] = [];

  constructor(name: string, arn: string, retentionSeconds: number) {
    this.name = name;
    this.arn = arn;
    this.#retentionMs = retentionSeconds * 1000;
  }

  send(body: string, now: number): void {
    this.#messages.push({ sentAt: new Date(now).toISOString(), body });
    if (this.#messages.length > MOST_MESSAGES) this.#messages.shift();
  }

  /** Removes every message. */
  purge(): void {
    this.#messages.length = 0;
  }

  /** Oldest first. */
  messages(now: number): readonly QueueMessage[] {
    while (Date.parse(this.#messages[0]?.sentAt ?? '') < now - this.#retentionMs) this.#messages.shift();
    return this.#messages;
  }
}

/** Four days, where the template does not say. */
const DEFAULT_RETENTION_SECONDS = 345_600;

/** The queues of the template, by ARN. */
export function queuesOf(
  resources: readonly Resource[],
  { id, region }: { readonly id: string; readonly region: string },
): Map<string, LocalQueue> {
  const queues = resources
    .filter(({ type }) => type === 'AWS::SQS::Queue')
    .map(({ logicalId, properties }) => {
      const name: string = properties['QueueName'] ?? logicalId;
      const retention = Number(properties['MessageRetentionPeriod'] ?? DEFAULT_RETENTION_SECONDS);
      return new LocalQueue(name, `arn:aws:sqs:${region}:${id}:${name}`, retention);
    });
  return new Map(queues.map((queue) => [queue.arn, queue]));
}
