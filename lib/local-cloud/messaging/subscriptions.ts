import * as z from 'zod';
import { type Account, topicArn } from '../cloudformation/arns.ts';
import type { Resource } from '../cloudformation/resource.ts';

/** A subscriber to a topic. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  /** `https`, `email`, …; `slack` for a channel of Amazon Q Developer. */
  readonly protocol: string;
  readonly endpoint: string;
  /** Whether it receives the message alone, without SNS's envelope. */
  readonly raw: boolean;
  /** The queue for undelivered messages. */
  readonly deadLetterArn?: string;
}

const endpoint = z.strictObject({ Protocol: z.string(), Endpoint: z.string().default('') });

const topicProperties = z.object({ TopicName: z.string().optional(), Subscription: z.array(endpoint).default([]) });

/** FilterPolicy and DeliveryPolicy are not emulated, so they are refused. */
const subscriptionProperties = endpoint.extend({
  TopicArn: z.string(),
  Region: z.string().optional(),
  RawMessageDelivery: z.boolean().default(false),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string() }).optional(),
});

const slackProperties = z.object({ SlackChannelId: z.string(), SnsTopicArns: z.array(z.string()).default([]) });

export interface Topics {
  /** The names of the topics, by ARN. */
  readonly names: ReadonlyMap<string, string>;
  readonly subscriptions: readonly Subscription[];
}

/** @throws Error that names the resource, for properties that are not emulated and topics that do not exist */
export function readTopics(resources: readonly Resource[], account: Account): Topics {
  const names = new Map<string, string>();
  const subscriptions: Subscription[] = [];
  const add = (subscription: Omit<Subscription, 'arn'>) =>
    subscriptions.push({ ...subscription, arn: `${subscription.topicArn}:local-${subscriptions.length + 1}` });
  for (const resource of ofType(resources, 'AWS::SNS::Topic')) {
    const { TopicName = resource.logicalId, Subscription } = read(topicProperties, resource);
    const arn = topicArn(account, TopicName);
    names.set(arn, TopicName);
    for (const { Protocol, Endpoint } of Subscription)
      add({ topicArn: arn, protocol: Protocol, endpoint: Endpoint, raw: false });
  }
  for (const resource of ofType(resources, 'AWS::SNS::Subscription')) {
    const { TopicArn, Protocol, Endpoint, RawMessageDelivery, RedrivePolicy } = read(subscriptionProperties, resource);
    const redrive = RedrivePolicy === undefined ? {} : { deadLetterArn: RedrivePolicy.deadLetterTargetArn };
    add({ topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint, raw: RawMessageDelivery, ...redrive });
  }
  for (const resource of ofType(resources, 'AWS::Chatbot::SlackChannelConfiguration')) {
    const { SlackChannelId, SnsTopicArns } = read(slackProperties, resource);
    for (const arn of SnsTopicArns) add({ topicArn: arn, protocol: 'slack', endpoint: SlackChannelId, raw: false });
  }
  for (const { topicArn: arn } of subscriptions) {
    if (!names.has(arn)) throw new Error(`a subscription names ${arn}, which is not a topic of the template`);
  }
  return { names, subscriptions };
}

const ofType = (resources: readonly Resource[], type: string) => resources.filter((resource) => resource.type === type);

function read<Schema extends z.ZodType>(schema: Schema, { logicalId, properties }: Resource): z.output<Schema> {
  const result = schema.safeParse(properties);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new Error(`${logicalId} cannot be emulated: ${faults.join('; ')}`);
}
