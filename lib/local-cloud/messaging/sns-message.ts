/** The delivery of a message to one subscriber. */
export interface Delivery {
  readonly protocol: string;
  /** An address without its path and query, which may be secret. */
  readonly endpoint: string;
  readonly outcome: /** In progress, or to be retried. */
    | 'pending'
    | 'delivered'
    /** Refused permanently, or retried too often. */
    | 'failed'
    /** Mail, SMS, chat and addresses beyond loopback are not delivered by a local cloud. */
    | 'not delivered locally';
  readonly attempts: number;
  /** The last response or error. */
  readonly detail: string;
}

/** A message that was published to a topic. */
export interface OutboxMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly topic: string;
  readonly subject: string;
  /** The published text, such as CloudWatch's JSON. */
  readonly message: string;
  /** Texts that recipients by these protocols receive instead: `sms`, `https`, … */
  readonly byProtocol: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly deliveries: readonly Delivery[];
}
