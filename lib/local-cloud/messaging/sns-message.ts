/** What became of a message at one subscriber. */
export interface Delivery {
  readonly protocol: string;
  /** An address without what may be secret: no path, no query. */
  readonly endpoint: string;
  readonly outcome: /** Under way, or to be tried again. */
    | 'pending'
    | 'delivered'
    /** Refused permanently, or tried too often. */
    | 'failed'
    /** Mail, SMS, chat and addresses beyond loopback: not from a local cloud. */
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
  /** As published, such as CloudWatch's JSON, as text. */
  readonly message: string;
  /** What recipients by these protocols get in its place: `sms`, `https`, … */
  readonly byProtocol: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly deliveries: readonly Delivery[];
}
