import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { createMonitor } from '../../cloudwatch/monitor.ts';
import { ManualClock } from '../../machine/clock.ts';
import { isLoopback } from '../../messaging/post-message.ts';
import {
  account,
  endSubscribers,
  MESSAGE,
  QUEUE,
  type Received,
  sns,
  subscriber,
  TOPIC,
} from '../support/subscribers.ts';

endSubscribers();

test("a subscriber on loopback receives a message in SNS's envelope", async () => {
  const { received, endpoint } = await subscriber(() => 200);
  const { sns: topics, printed } = sns([endpoint]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  const [{ headers, body }] = received as [Received];
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=UTF-8',
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-topic-arn': TOPIC,
    'x-amz-sns-subscription-arn': `${TOPIC}:local-1`,
  });
  const notification = JSON.parse(body);
  expect(notification).toMatchObject({
    Type: 'Notification',
    MessageId: headers['x-amz-sns-message-id'],
    TopicArn: TOPIC,
    Subject: MESSAGE.subject,
    Message: MESSAGE.message,
    Timestamp: '2026-01-01T00:00:00.000Z',
    SignatureVersion: '1',
  });
  for (const member of ['Signature', 'SigningCertURL', 'UnsubscribeURL']) expect(notification).toHaveProperty(member);
  expect(printed).toEqual(['critical: ALARM: "x" in EU (Ireland)']);
  expect(topics.messages()).toMatchObject([
    { topic: 'critical', ...MESSAGE, deliveries: [{ outcome: 'delivered', attempts: 1, detail: 'HTTP 200' }] },
  ]);
  // the path and the query of an address may hold a key
  expect(JSON.stringify(topics.messages())).not.toContain('secret');
});

test('messages are sent over TLS with any certificate, and raw if the subscription says so', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const { received, endpoint } = await subscriber(() => 204, { key, cert });
  const { sns: topics } = sns([endpoint], [{ RawMessageDelivery: true }]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(received).toMatchObject([{ headers: { 'x-amz-sns-rawdelivery': 'true' }, body: MESSAGE.message }]);
});

test('an undelivered message goes to the queue that the subscription names', async () => {
  const { endpoint } = await subscriber(() => 403);
  const {
    sns: topics,
    letters,
    clock,
  } = sns([endpoint, endpoint], [{ RedrivePolicy: { deadLetterTargetArn: QUEUE } }]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  const [letter, ...more] = letters.messages(clock.now());
  expect(more).toEqual([]);
  expect(JSON.parse(letter?.body ?? '')).toMatchObject({ Type: 'Notification', Message: MESSAGE.message });
});

test('a subscriber beyond this machine is recorded and never contacted', async () => {
  const { sns: topics } = sns(['https://events.pagerduty.com/integration/key/enqueue', 'mailto:oncall@example.com']);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  const outcome = 'not delivered locally';
  expect(topics.messages()).toMatchObject([
    {
      deliveries: [
        { endpoint: 'https://events.pagerduty.com', outcome, attempts: 0 },
        { outcome, attempts: 0 },
      ],
    },
  ]);
});

test('the outbox keeps the last 1,000', () => {
  const { sns: topics } = sns([]);
  for (let i = 1; i <= 1_001; i++) topics.publish(TOPIC, { ...MESSAGE, message: String(i) });
  const messages = topics.messages();
  expect(messages).toHaveLength(1_000);
  expect([messages[0]?.message, messages.at(-1)?.message]).toEqual(['1001', '2']);
});

describe('loopback', () => {
  test.each([
    ['http://127.0.0.1:8080/', true],
    ['https://[::1]/', true],
    ['http://localhost/x', true],
    ['http://127.0.0.1.example.com/', false],
    ['http://localhost.example.com/', false],
    ['http://user@example.com@127.0.0.1/', true],
    ['http://127.0.0.1@example.com/', false],
    ['http://10.0.0.1/', false],
    ['ftp://127.0.0.1/', false],
    ['oncall@example.com', false],
  ])('%s: %s', (endpoint, expected) => {
    expect(isLoopback(endpoint)).toBe(expected);
  });
});

test('a setting of a subscription that is not emulated stops the start', () => {
  expect(() => sns(['https://example.com/'], [{ FilterPolicy: {} }])).toThrow(/Subscription0 .*FilterPolicy/);
  expect(() => sns(['https://example.com/'], [{ TopicArn: 'arn:aws:sns:x' }])).toThrow(
    /is not a topic of the template/,
  );
});

test('a message that a subscriber refuses is in the queue of the template, where its alarm sees it', async () => {
  const { endpoint } = await subscriber(() => 410);
  const subscription = { TopicArn: TOPIC, Protocol: 'http', Endpoint: endpoint };
  const always = {
    ...{ AlarmName: 'x', Namespace: 'N', MetricName: 'M', Statistic: 'Maximum', Period: 10, EvaluationPeriods: 1 },
    ...{
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'breaching',
      AlarmActions: [TOPIC],
    },
  };
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const monitorOf = (deadLetterTargetArn: string) =>
    createMonitor({
      ...account,
      clock,
      print: () => undefined,
      resources: [
        { logicalId: 'Critical', type: 'AWS::SNS::Topic', properties: { TopicName: 'critical' } },
        { logicalId: 'Dead', type: 'AWS::SQS::Queue', properties: { QueueName: 'dead-letters' } },
        { logicalId: 'X', type: 'AWS::CloudWatch::Alarm', properties: always },
        {
          logicalId: 'Pager',
          type: 'AWS::SNS::Subscription',
          properties: { ...subscription, RedrivePolicy: { deadLetterTargetArn } },
        },
      ],
    });
  expect(() => monitorOf(`${QUEUE}-else`)).toThrow('which is not a queue of the template');
  const monitor = monitorOf(QUEUE);
  monitor.start();
  // no further: it has five seconds to respond, by the same clock
  await clock.advance(3_000);
  await monitor.sns.idle();
  expect(monitor.queues.get(QUEUE)?.messages(clock.now())).toHaveLength(1);
  monitor.stop();
});
