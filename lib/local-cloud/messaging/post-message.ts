import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../machine/clock.ts';
import type { OutboxMessage } from './sns-message.ts';
import type { Subscription } from './subscriptions.ts';

/** The result of one attempt. */
export interface Attempt {
  readonly outcome: 'delivered' | 'try again' | 'refused';
  readonly detail: string;
}

/** SNS waits 15 s. */
const TIMEOUT_MS = 5_000;
/** The largest part of a response body that is read. Its content is not used. */
const MOST_BYTES = 65_536;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether it is an http(s) address of this machine. */
export function isLoopback(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname } = new URL(endpoint);
  return (protocol === 'http:' || protocol === 'https:') && LOOPBACK.test(hostname);
}

/** A message in SNS's envelope for http(s) subscribers and dead-letter queues. JSON text. */
export const envelopeOf = (
  { topicArn, messageId, subject, message, byProtocol, publishedAt }: OutboxMessage,
  protocol: string,
): string =>
  JSON.stringify(
    {
      Type: 'Notification',
      MessageId: messageId,
      TopicArn: topicArn,
      Subject: subject,
      Message: byProtocol[protocol] ?? message,
      Timestamp: publishedAt,
      SignatureVersion: '1',
      Signature: 'not signed by the local cloud',
      SigningCertURL: 'https://sns.local.invalid/no-certificate.pem',
      UnsubscribeURL: 'https://sns.local.invalid/no-unsubscription',
    },
    null,
    2,
  );

/**
 * Posts a message as SNS does to http(s) subscribers: 5xx, 429 and a broken connection are retried; another 4xx and a
 * redirect are not. Not emulated: the signature, its certificate and the link to unsubscribe (these fields contain
 * texts that say so), and the confirmation of the subscription, which is assumed. Certificates on loopback are not
 * checked, because no authority signs them.
 */
export function post(published: OutboxMessage, subscription: Subscription, clock: Clock): Promise<Attempt> {
  const { messageId, topicArn } = published;
  const { protocol } = subscription;
  const text = published.byProtocol[protocol] ?? published.message;
  const body = Buffer.from(subscription.raw ? text : envelopeOf(published, protocol));
  const headers = {
    'content-type': 'text/plain; charset=UTF-8',
    'content-length': body.length,
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topicArn,
    'x-amz-sns-subscription-arn': subscription.arn,
    ...(subscription.raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
  };
  const url = new URL(subscription.endpoint);
  const start = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const request = start(url, { method: 'POST', headers, agent: false, rejectUnauthorized: false });
    const cancel = clock.at(clock.now() + TIMEOUT_MS, () =>
      request.destroy(new Error(`no response within ${TIMEOUT_MS / 1000} s`)),
    );
    request.on('close', cancel);
    request.on('error', ({ message: detail }) => resolve({ outcome: 'try again', detail }));
    request.on('response', (response) => {
      resolve(judged(response.statusCode ?? 0));
      // only the status matters; reading the body is bounded
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) response.destroy();
      });
      response.on('error', () => undefined);
    });
    request.end(body);
  });
}

function judged(status: number): Attempt {
  const detail = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'delivered', detail };
  return { outcome: status >= 500 || status === 429 ? 'try again' : 'refused', detail };
}
