import { type AwsResponse, type AwsService, queryFault, queryResponse } from '../aws-api/aws-endpoint.ts';
import type { Sns } from './sns.ts';

/** SNS' limits. Characters, and bytes. */
const MOST_SUBJECT = 100;
const MOST_BYTES = 262_144;

/** SNS's rule for a subject: one line of ASCII that begins with a letter, a number or punctuation. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]*$/;

/**
 * SNS's Publish in the query protocol, with SNS's rules for subjects, sizes and messages with a text per protocol. Not
 * emulated: attributes, phone numbers as targets, FIFO topics, and permissions.
 */
export function snsApi(sns: Sns): AwsService {
  return {
    signingName: 'sns',
    target: 'sns',
    queryVersion: '2010-03-31',
    respond: (action, body) => {
      if (action !== 'Publish') return queryFault('InvalidAction', `${action} is not emulated`);
      return publish(sns, Object.fromEntries(new URLSearchParams(body)));
    },
  };
}

function publish(
  sns: Sns,
  { TopicArn = '', Subject, Message = '', MessageStructure }: Record<string, string>,
): AwsResponse {
  const invalid = (what: string) => queryFault('InvalidParameter', `Invalid parameter: ${what}`);
  try {
    sns.checkTopic(TopicArn);
  } catch {
    return queryFault('NotFound', 'Topic does not exist', 404);
  }
  if (Subject !== undefined && (Subject.length > MOST_SUBJECT || !SUBJECT.test(Subject))) return invalid('Subject');
  if (Message === '') return invalid('Empty message');
  if (Buffer.byteLength(Message) > MOST_BYTES) return invalid('Message too long');
  if (MessageStructure === undefined) {
    const messageId = sns.publish(TopicArn, { subject: Subject ?? '', message: Message });
    return queryResponse('Publish', `<MessageId>${messageId}</MessageId>`);
  }
  if (MessageStructure !== 'json') return invalid('MessageStructure');
  const texts = textsIn(Message);
  if (texts === undefined) return invalid('Message Structure - JSON message body failed to parse');
  const { default: message, ...byProtocol } = texts;
  if (message === undefined) return invalid('Message Structure - No default entry in JSON message body');
  const messageId = sns.publish(TopicArn, { subject: Subject ?? '', message, byProtocol });
  return queryResponse('Publish', `<MessageId>${messageId}</MessageId>`);
}

function textsIn(message: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // SNS ignores values that are not strings
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}
