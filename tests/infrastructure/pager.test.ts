import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RunningPager } from '../support/pager.ts';
import { AWAY, EXHAUSTED, HEALTHY } from './support/monitor.ts';
import { recipient, running, stopPagers, withPagerDuty } from './support/running-pager.ts';
import { CONFIGS, RUNBOOK, stackOf, synthesise } from './support/stacks.ts';

afterEach(stopPagers);

test('a healthy start sends no page and no all-clear', async () => {
  const { pages } = await running();
  expect(pages()).toEqual([]);
});

describe('the first 100 characters say what broke, and the rest what to do', () => {
  test.each([
    ['database unreachable', AWAY, 'database-unreachable'],
    ['connection pool exhausted', EXHAUSTED, 'connection-pool-exhausted'],
  ] as const)('%s', async (what, bad, section) => {
    const { pages, halfMinutes, refuse, clock } = await running();
    const began = clock.now();
    for (let nth = 0; nth < 41; nth++) refuse(bad === AWAY ? { UnavailableErrors: 1 } : { OverloadErrors: 1 });
    await halfMinutes(3, bad);
    const [page, ...others] = pages();
    expect(others).toEqual([]);
    const since = /^\[CRITICAL\] tick-store eu-central-1: (.+) since (\d\d:\d\d:\d\dZ)$/.exec(page?.subject ?? '');
    expect(since?.[1], page?.subject).toBe(what);
    // the first bad datapoint is a period that begins up to 30 s before its sample
    const day = new Date(began).toISOString().slice(0, 11);
    expect(Math.abs(Date.parse(`${day}${since?.[2]}`) - began)).toBeLessThanOrEqual(30_000);
    expect(page?.topic).toBe('tick-store-critical');
    expect(page?.message.split('\n')[0]).toBe(`${page?.subject}. 41 requests got 503 in the last minute.`);
    expect(page?.message).toMatch(
      /\nFirst: .+\nLook: `.+`\nAffected: .+\nSince: the first bad period is the 30 s from .+\nRunbook: /,
    );
    expect(page?.message).toContain(`\nRunbook: ${RUNBOOK}#${section}\n`);
    expect(page?.message).toContain(
      '\nDashboard: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/tick-store-eu-central-1\n',
    );
    expect(page?.message).toMatch(
      /\nRequest it again: aws lambda invoke .+tick-store-send-pages:live .+"alarm":"tick-store-/,
    );
    expect(page?.byProtocol['sms']).toMatch(/^CRITICAL tick-store eu-central-1: .{1,100}\. 41 requests got 503/);
    expect(page?.byProtocol['sms']?.length).toBeLessThanOrEqual(140);

    await halfMinutes(30, HEALTHY);
    expect(pages().map(({ subject }) => subject.replaceAll(/\d\d:\d\d:\d\dZ/g, 'TIME'))).toEqual([
      `[OK] tick-store eu-central-1: ${what} ended at TIME`,
      `[CRITICAL] tick-store eu-central-1: ${what} since TIME`,
    ]);
  });
});

test('PagerDuty gets one incident that the all-clear resolves, and Slack a thread of its own', async () => {
  const pagerDuty = await recipient(() => 202);
  const { pages, halfMinutes } = await running(...withPagerDuty(pagerDuty.url));
  await halfMinutes(3, AWAY);
  await halfMinutes(30, HEALTHY);
  const [trigger, resolve, ...more] = pagerDuty.received;
  expect(more).toEqual([]);
  expect(trigger).toMatchObject({
    routing_key: 'R0UT1NG',
    event_action: 'trigger',
    dedup_key: 'tick-store/eu-central-1/unreachable/database-unreachable',
    links: [{ href: `${RUNBOOK}#database-unreachable`, text: 'Runbook' }, { text: 'Dashboard' }],
    payload: {
      summary: expect.stringMatching(
        /^\[CRITICAL\] tick-store eu-central-1: database unreachable since .+Z\. No request failed/,
      ),
      severity: 'critical',
      source: 'tick-store eu-central-1',
      group: 'unreachable',
      component: 'database-unreachable',
      custom_details: { Owner: 'Data platform' },
    },
  });
  expect(resolve).toMatchObject({ event_action: 'resolve', dedup_key: trigger?.['dedup_key'] });
  const threads = pages().map(({ byProtocol }) => JSON.parse(byProtocol['https'] ?? ''));
  for (const message of threads) {
    expect(message).toMatchObject({ version: '1.0', source: 'custom', content: { textType: 'client-markdown' } });
    expect(message.metadata.threadId).toBe('tick-store/eu-central-1/unreachable/database-unreachable');
  }
  expect(threads.map(({ metadata }) => metadata.eventType)).toEqual(['tick-store.resolve', 'tick-store.trigger']);
});

describe('a message that cannot become a page is sent unchanged', () => {
  const topicOf = ({ monitor }: RunningPager, name: string) => monitor.sns.topicArn(name);

  test('of an alarm that the pager does not know', async () => {
    const service = await running();
    const message = JSON.stringify({
      ...{ AlarmName: 'somebody-else', NewStateValue: 'ALARM', OldStateValue: 'OK' },
      ...{ StateChangeTime: '2026-11-26T03:12:04.512+0000', NewStateReason: 'because' },
    });
    service.monitor.sns.publish(topicOf(service, 'tick-store-critical-alarms'), {
      subject: 'ALARM: "somebody-else"',
      message,
    });
    await vi.waitUntil(() => service.pages().length > 0);
    expect(service.pages()).toMatchObject([
      { topic: 'tick-store-critical', subject: 'ALARM: "somebody-else"', message },
    ]);
  });

  test('that is a text, with its subject as the headline', async () => {
    const service = await running();
    const subject = 'AWS Budgets: tick-store has exceeded your alert threshold';
    service.monitor.sns.publish(topicOf(service, 'tick-store-warning-alarms'), { subject, message: 'Dear customer' });
    await vi.waitUntil(() => service.pages().length > 0);
    expect(service.pages()).toMatchObject([
      {
        topic: 'tick-store-warning',
        subject: expect.stringContaining(`[WARNING] tick-store eu-central-1: ${subject}`),
      },
    ]);
    expect(service.pages()[0]?.message).toContain('Message: Dear customer');
  });

  test('or any message, if the function fails in all its attempts', async () => {
    const nowhere = { CRITICAL_TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:nowhere' };
    const service = await running(stackOf('postgres'), { variables: nowhere });
    await service.halfMinutes(20, AWAY);
    const [page] = service.pages();
    expect(page?.topic).toBe('tick-store-critical');
    const { requestPayload } = JSON.parse(page?.message ?? '');
    expect(JSON.parse(requestPayload.Records[0].Sns.Message)).toMatchObject({
      AlarmName: 'tick-store-database-unreachable-critical',
      NewStateValue: 'ALARM',
    });
  });
});

describe('a critical alarm that stays in ALARM', () => {
  const STANDING = { ...HEALTHY, XidAgeRatio: 0.8, LongestTransactionSeconds: 130 };

  test('is repeated once a day, and a warning is not', async () => {
    const startAt = Date.now() - 3 * 3_600_000;
    const repeatHourUtc = (new Date(startAt).getUTCHours() + 2) % 24;
    const stack = synthesise({ ...CONFIGS.postgres, alerts: { ...CONFIGS.postgres.alerts, repeatHourUtc } });
    const { pages, halfMinutes, startSchedule } = await running(stack, { startAt });
    startSchedule();
    await halfMinutes(2.5 * 120, STANDING);
    expect(
      pages()
        .map(({ subject }) => subject.replace(/ since.*/, ''))
        .toReversed(),
    ).toEqual([
      '[WARNING] tick-store eu-central-1: long transaction',
      '[CRITICAL] tick-store eu-central-1: transaction ids run out',
      '[WARNING] tick-store eu-central-1: transaction ids run out',
      '[CRITICAL] tick-store eu-central-1: still transaction ids run out',
    ]);
  });

  test('is repeated on request', async () => {
    const { pages, halfMinutes, invoke } = await running();
    await halfMinutes(40, STANDING);
    const alarm = 'tick-store-transaction-id-age-critical';
    expect(await invoke({ alarm })).toEqual({ repeated: [alarm] });
    expect(pages()[0]?.subject).toContain('still transaction ids run out since');
    expect(await invoke({ alarm: 'tick-store-database-unreachable-critical' })).toEqual({ repeated: [] });
  });
});

describe('what AWS services report once is a warning', () => {
  const event = (source: string, type: string, detail: object) => ({
    ...{ version: '0', id: '1', 'detail-type': type, source, account: '123456789012', region: 'eu-central-1' },
    ...{ time: new Date().toISOString(), resources: [], detail },
  });

  test.each([
    [
      event('aws.rds', 'RDS DB Cluster Event', {
        ...{ EventCategories: ['failover'], SourceType: 'CLUSTER', SourceIdentifier: 'tick-store-aurora' },
        Message: 'Started cross AZ failover to DB instance: reader.',
      }),
      'tick-store-aurora: Started cross AZ failover to DB instance: reader at ',
    ],
    [
      event('aws.codedeploy', 'CodeDeploy Deployment State-change Notification', {
        ...{ state: 'FAILURE', application: 'tick-store', deploymentGroup: 'tick-store-ingest', deploymentId: 'd-1' },
      }),
      'deployment of tick-store-ingest ended in FAILURE at ',
    ],
    [
      event('aws.cloudformation', 'CloudFormation Stack Status Change', {
        'stack-id': 'arn:aws:cloudformation:eu-central-1:123456789012:stack/tick-store/1',
        'status-details': { status: 'UPDATE_ROLLBACK_IN_PROGRESS', 'status-reason': '' },
      }),
      "the stack's deployment ended in UPDATE_ROLLBACK_IN_PROGRESS at ",
    ],
    [
      event('aws.secretsmanager', 'AWS Service Event via CloudTrail', { eventName: 'RotationFailed' }),
      'rotation of a secret failed (RotationFailed) at ',
    ],
  ])('%#: $source', async (reported, headline) => {
    const { pages, invoke } = await running();
    expect(await invoke(reported)).toEqual({ pages: 1 });
    const [page, ...more] = pages();
    expect(more).toEqual([]);
    expect(page?.topic).toBe('tick-store-warning');
    expect(page?.subject).toContain(`[WARNING] tick-store eu-central-1: ${headline}`.slice(0, 97));
    expect(page?.message).toMatch(/\nFirst: .{20}/);
  });
});

test('a page of warnings names the alarms that are in ALARM', async () => {
  const { pages, halfMinutes } = await running();
  await halfMinutes(20, { ...HEALTHY, LongestTransactionSeconds: 130, LongestLockWaitSeconds: 11 });
  expect(pages()[0]).toMatchObject({
    topic: 'tick-store-warning',
    subject: expect.stringMatching(
      /^\[WARNING\] tick-store eu-central-1: (long transaction, long wait for a lock|long wait for a lock, long transaction) since/,
    ),
  });
  for (const title of ['Long transaction', 'Long wait for a lock']) {
    const section = title.toLowerCase().replaceAll(' ', '-');
    for (const line of [
      `First: ${title}: `,
      `Look: ${title}: \``,
      `Affected: ${title}: `,
      `Runbook: ${title}: ${RUNBOOK}#${section}`,
    ])
      expect(pages()[0]?.message).toContain(`\n${line}`);
  }
  expect(pages()[0]?.message).toContain('\nMeasured: Long transaction: 130 seconds, limit 120\n');
  expect(pages()[0]?.message).toContain('\nMeasured: Long wait for a lock: 11 seconds, limit 10\n');
});

test('the page of a suppressible critical alarm has the measured value, and so has its repetition', async () => {
  const { pages, halfMinutes, invoke } = await running();
  await halfMinutes(6, { ...HEALTHY, PoolUtilizationPercent: 91 });
  const alarm = 'tick-store-pool-utilization-page';
  expect(pages()[0]?.message).toContain('\nMeasured: 91 percent, limit 85\n');
  expect(await invoke({ alarm })).toEqual({ repeated: [alarm] });
  expect(pages()[0]?.subject).toContain('still connection pool nearly exhausted since');
});
