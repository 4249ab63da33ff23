import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { HEALTHY } from './support/monitor.ts';
import { recipient, running, startServer, stopPagers, withPagerDuty } from './support/running-pager.ts';

/** What PagerDuty hears last of an incident is what is true, whatever happens while a page is sent. */

afterEach(stopPagers);

const ALARM = 'tick-store-probe-silent-critical';
const SECRET = 'tick-store/routing-key';
type State = 'ALARM' | 'OK';

/** A CloudWatch that has one alarm, in the state that `state` says when it is asked. */
async function cloudWatch(state: () => { readonly value: State; readonly at: number }): Promise<string> {
  return startServer((_, target) => {
    if (!target.endsWith('DescribeAlarms')) return { status: 200, body: { MetricDataResults: [] } };
    const { value, at } = state();
    const alarm = { AlarmName: ALARM, StateValue: value, StateTransitionedTimestamp: at / 1000 };
    return { status: 200, body: { MetricAlarms: [alarm], CompositeAlarms: [] } };
  });
}

const messageOf = (state: State, at: number): string =>
  JSON.stringify({
    ...{ AlarmName: ALARM, NewStateValue: state, OldStateValue: state === 'OK' ? 'ALARM' : 'OK' },
    StateChangeTime: new Date(at).toISOString(),
  });

/** What SNS hands to the pager, and what the queue of refused pages does. */
const EVENTS = {
  'from its topic': (text: string, topicArn: string) => ({
    Records: [{ Sns: { MessageId: randomUUID(), TopicArn: topicArn, Subject: 'A subject', Message: text } }],
  }),
  'from the queue': (text: string) => {
    const refused = { secret: SECRET, severity: 'critical', reason: 'HTTP status 500', page: 'The page' };
    const body = { ...refused, refusedAt: new Date().toISOString(), source: { subject: '', text } };
    return { Records: [{ eventSource: 'aws:sqs', messageId: randomUUID(), body: JSON.stringify(body) }] };
  },
};

/** A pager whose alarm changes from one state to the other when PagerDuty gets its first event. `statuses` are those of its responses. */
async function changing(from: State, to: State, statuses: readonly number[] = []) {
  const began = Date.now() - 60_000;
  let now = { value: from, at: began };
  const pagerDuty = await recipient((nth) => {
    now = { value: to, at: Date.now() };
    return statuses[nth - 1] ?? 202;
  });
  const [stack, access] = withPagerDuty(pagerDuty.url);
  const variables = { ...access.variables, AWS_ENDPOINT_URL_CLOUDWATCH: await cloudWatch(() => now) };
  const service = await running(stack, { ...access, variables });
  const topic = service.monitor.sns.topicArn('tick-store-critical-alarms');
  return {
    ...service,
    message: messageOf(from, began),
    actions: () => pagerDuty.received.map((event) => event['event_action']),
    invokeWith: (event: (text: string, topicArn: string) => object, text: string) => service.invoke(event(text, topic)),
  };
}

describe.each(Object.entries(EVENTS))('a page %s', (_, event) => {
  test('whose alarm returns to OK while the page is sent is resolved', async () => {
    const { invokeWith, message, actions } = await changing('ALARM', 'OK');
    await invokeWith(event, message);
    expect(actions()).toEqual(['trigger', 'resolve']);
  });

  test('that is an all-clear does not resolve a new incident that began meanwhile', async () => {
    const { invokeWith, message, actions } = await changing('OK', 'ALARM');
    await invokeWith(event, message);
    expect(actions()).toEqual(['resolve', 'trigger']);
  });

  test('whose alarm changes while PagerDuty is down leaves the change in the queue', async () => {
    const { invokeWith, message, refused } = await changing('ALARM', 'OK', [202, 400]);
    await invokeWith(event, message);
    const [waiting, ...more] = refused() as { source: { text: string } }[];
    expect([JSON.parse(String(waiting?.source.text)), more]).toMatchObject([
      { AlarmName: ALARM, NewStateValue: 'OK' },
      [],
    ]);
  });
});

test('a text is one incident, even if PagerDuty accepts it several times without a response', async () => {
  const pagerDuty = await recipient(() => 'reset');
  const service = await running(...withPagerDuty(pagerDuty.url));
  const topic = service.monitor.sns.topicArn('tick-store-critical-alarms');
  service.monitor.sns.publish(topic, { subject: 'Budget', message: 'You have spent more than planned.' });
  await service.halfMinutes(6, HEALTHY);
  const keys = pagerDuty.received.map((each) => String(each['dedup_key'])).filter((key) => key.includes('notice'));
  expect(keys.length).toBeGreaterThan(3);
  expect(new Set(keys).size).toBe(1);
});

test('a page that PagerDuty refused for twelve hours is left for a person, however few attempts were made', async () => {
  const pagerDuty = await recipient(() => 400);
  const service = await running(...withPagerDuty(pagerDuty.url));
  const refusedAt = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const source = { subject: '', text: messageOf('ALARM', Date.now()) };
  const refused = { secret: SECRET, severity: 'critical', reason: 'HTTP status 400', page: 'The page', source };
  const records = [11.9, 12.1].map((hours) => ({
    ...{ eventSource: 'aws:sqs', messageId: `after ${hours}` },
    body: JSON.stringify({ ...refused, refusedAt: refusedAt(hours) }),
  }));
  expect(await service.invoke({ Records: records })).toEqual({
    batchItemFailures: [{ itemIdentifier: 'after 11.9' }],
  });
  expect(service.undelivered()).toMatchObject([{ reason: 'not sent within 12 hours: HTTP status 400' }]);
});
