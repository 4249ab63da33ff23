import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMonitor } from '../../cloudwatch/monitor.ts';
import { ManualClock } from '../../machine/clock.ts';
import { LocalQueue } from '../../messaging/local-queue.ts';
import { isLoopback } from '../../messaging/post-message.ts';
import { Sns } from '../../messaging/sns.ts';

const account = { account: '123456789012', region: 'eu-west-1' };
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:critical';
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:dead-letters';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A subscriber; what it gets and how it responds is the test's. */
async function subscriber(answer: (received: Received, nth: number) => number | 'never', tls?: object) {
  const received: Received[] = [];
  const arrivals = new EventTarget();
  const listener: RequestListener = async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    received.push({ headers: request.headers, body });
    arrivals.dispatchEvent(new Event('arrival'));
    const status = answer({ headers: request.headers, body }, received.length);
    if (status !== 'never') response.writeHead(status).end();
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  servers.push(server as Server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook?key=secret`,
    /** Resolves when it has been asked this often. */
    asked: async (times: number) => {
      while (received.length < times) await once(arrivals, 'arrival');
    },
  };
}

function sns(endpoints: readonly string[], more: readonly object[] = []) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const printed: string[] = [];
  const subscriptions = endpoints.map((Endpoint, i) => ({
    logicalId: `Subscription${i}`,
    type: 'AWS::SNS::Subscription',
    properties: { TopicArn: TOPIC, Protocol: Endpoint.split(':')[0], Endpoint, ...more[i] },
  }));
  const topic = { logicalId: 'Critical', type: 'AWS::SNS::Topic', properties: { TopicName: 'critical' } };
  const print = (line: string) => void printed.push(line);
  const letters = new LocalQueue('dead-letters', QUEUE, 60);
  const queues = new Map([[QUEUE, letters]]);
  const resources = [topic, ...subscriptions];
  return { clock, printed, letters, sns: new Sns({ ...account, clock, print, queues, resources }) };
}

const MESSAGE = { subject: 'ALARM: "x" in EU (Ireland)', message: '{"AlarmName":"x"}' };

test('a subscriber on loopback gets it in the form of SNS', async () => {
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

test('over TLS, whoever signed the certificate; raw, where the subscription says so', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const { received, endpoint } = await subscriber(() => 204, { key, cert });
  const { sns: topics } = sns([endpoint], [{ RawMessageDelivery: true }]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(received).toMatchObject([{ headers: { 'x-amz-sns-rawdelivery': 'true' }, body: MESSAGE.message }]);
});

test('failing subscribers keep nothing from the others, and are tried four times', async () => {
  const failing = await subscriber(() => 503);
  const well = await subscriber(() => 200);
  const { sns: topics, clock, printed } = sns([failing.endpoint, 'http://127.0.0.1:1/', well.endpoint]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  for (let retry = 1; retry <= 3; retry++) {
    await clock.advance(20_000);
    await topics.idle();
  }
  expect(topics.messages()[0]?.deliveries).toMatchObject([
    { outcome: 'failed', attempts: 4, detail: 'HTTP 503' },
    { outcome: 'failed', attempts: 4, detail: expect.stringContaining('ECONNREFUSED') },
    { outcome: 'delivered', attempts: 1 },
  ]);
  expect(printed.filter((line) => line.includes('was not reached'))).toHaveLength(2);
  await clock.advance(600_000);
  await topics.idle();
  expect([failing.received.length, well.received.length]).toEqual([4, 1]);
});

test('a hanging subscriber keeps nothing from the others, and is given up each time after 5 s', async () => {
  const hanging = await subscriber(() => 'never');
  const well = await subscriber(() => 200);
  const { sns: topics, clock } = sns([hanging.endpoint, well.endpoint]);
  const deliveries = () => topics.messages()[0]?.deliveries ?? [];
  topics.publish(TOPIC, MESSAGE);
  await vi.waitUntil(() => deliveries()[1]?.outcome === 'delivered');
  expect(deliveries()[0]).toMatchObject({ outcome: 'pending', attempts: 0 });
  for (let attempt = 1; attempt <= 4; attempt++) {
    await hanging.asked(attempt);
    await clock.advance(5_000);
    await topics.idle();
    await clock.advance(20_000);
  }
  expect(deliveries()[0]).toMatchObject({ outcome: 'failed', attempts: 4, detail: 'no response within 5 s' });
  expect(well.received).toHaveLength(1);
});

test('a response without an end is not listened to for ever', async () => {
  const closed = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume();
    response.on('close', closed.resolve);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { sns: topics } = sns([`http://127.0.0.1:${(server.address() as AddressInfo).port}/`]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(topics.messages()).toMatchObject([{ deliveries: [{ outcome: 'delivered' }] }]);
  await closed.promise;
});

test('nor is one that stops half-way', async () => {
  const closed = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume();
    response.on('close', closed.resolve);
    response.writeHead(200, { 'content-length': 10 }).write('half');
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { sns: topics, clock } = sns([`http://127.0.0.1:${(server.address() as AddressInfo).port}/`]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  await clock.advance(5_000);
  await closed.promise;
});

test('nothing that a subscriber does keeps the alarms from being evaluated', async () => {
  const hanging = await subscriber(() => 'never');
  const well = await subscriber(() => 200);
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const subscription = (Endpoint: string) => ({
    logicalId: Endpoint,
    type: 'AWS::SNS::Subscription',
    properties: { TopicArn: TOPIC, Protocol: 'http', Endpoint },
  });
  const alarm = {
    AlarmName: 'x',
    ...{ Namespace: 'N', MetricName: 'M', Statistic: 'Maximum', Period: 10, EvaluationPeriods: 1 },
    ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'notBreaching' },
    ...{ AlarmActions: [TOPIC], OKActions: [TOPIC] },
  };
  const monitor = createMonitor({
    ...account,
    clock,
    print: () => undefined,
    resources: [
      { logicalId: 'Critical', type: 'AWS::SNS::Topic', properties: { TopicName: 'critical' } },
      ...[hanging, well].map(({ endpoint }) => subscription(endpoint)),
      { logicalId: 'X', type: 'AWS::CloudWatch::Alarm', properties: alarm },
    ],
  });
  monitor.start();
  monitor.metrics.put({ namespace: 'N', name: 'M', dimensions: {}, timestamp: clock.now(), value: 1, resolution: 1 });
  // less than the time after which the hanging one is given up
  await clock.advance(12_000);
  await hanging.asked(1);
  await well.asked(1);
  // and no further than the all-clear, for the well one has its five seconds by the same clock
  await clock.advance(30_000);
  await well.asked(2);
  const states = well.received.map(({ body }) => JSON.parse(JSON.parse(body).Message).NewStateValue);
  expect(states).toEqual(['ALARM', 'OK']);
  monitor.stop();
});

test('one that is well at the second try', async () => {
  const { endpoint, asked } = await subscriber((_, nth) => (nth === 1 ? 429 : 200));
  const { sns: topics, clock } = sns([endpoint]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(topics.messages()).toMatchObject([{ deliveries: [{ outcome: 'pending', attempts: 1 }] }]);
  await clock.advance(20_000);
  await asked(2);
  await topics.idle();
  expect(topics.messages()).toMatchObject([{ deliveries: [{ outcome: 'delivered', attempts: 2 }] }]);
});

test.each([403, 302])('one that responds %d is not asked again', async (status) => {
  const { endpoint } = await subscriber(() => status);
  const { sns: topics } = sns([endpoint]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(topics.messages()).toMatchObject([
    { deliveries: [{ outcome: 'failed', attempts: 1, detail: `HTTP ${status}` }] },
  ]);
});

test('what could not be delivered goes to the queue that the subscription names', async () => {
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

test('what is not on this machine is noted and never asked', async () => {
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

test('what of a subscription is not emulated stops the start', () => {
  expect(() => sns(['https://example.com/'], [{ FilterPolicy: {} }])).toThrow(/Subscription0 .*FilterPolicy/);
  expect(() => sns(['https://example.com/'], [{ TopicArn: 'arn:aws:sns:x' }])).toThrow(
    /is not a topic of the template/,
  );
});

test('what a subscriber of the template refuses is in the queue of the template, where its alarm sees it', async () => {
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
