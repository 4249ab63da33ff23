import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createMonitor } from '../../cloudwatch/monitor.ts';
import { ManualClock } from '../../machine/clock.ts';
import { account, endSubscribers, MESSAGE, servers, sns, subscriber, TOPIC } from '../support/subscribers.ts';

endSubscribers();

test('failing subscribers do not affect others, and are tried four times', async () => {
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

test('a hanging subscriber does not affect others, and each attempt times out after 5 s', async () => {
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

test('an endless response is not read without limit', async () => {
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

test('a response that stops half-way is not awaited without limit', async () => {
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

test('no behaviour of a subscriber delays the evaluation of alarms', async () => {
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

test('a subscriber that succeeds at the second attempt', async () => {
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

test.each([403, 302])('a subscriber that returns %d is not retried', async (status) => {
  const { endpoint } = await subscriber(() => status);
  const { sns: topics } = sns([endpoint]);
  topics.publish(TOPIC, MESSAGE);
  await topics.idle();
  expect(topics.messages()).toMatchObject([
    { deliveries: [{ outcome: 'failed', attempts: 1, detail: `HTTP ${status}` }] },
  ]);
});
