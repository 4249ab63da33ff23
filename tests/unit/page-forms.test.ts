import { describe, expect, test } from 'vitest';
import { alarmPage } from '../../functions/paging/compose-page.ts';
import {
  chatMessageOf,
  incidentKey,
  pagerDutyEventsOf,
  smsOf,
  subjectOf,
  textOf,
} from '../../functions/paging/page-forms.ts';
import { type AlarmNotice, readNotice } from '../../functions/paging/read-notice.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { pageFactsOf } from '../../lib/constructs/alarms/page-facts.ts';
import { Names } from '../../lib/constructs/shared/names.ts';
import { everySubject } from '../../lib/runbook/alarm-facts.ts';

/** The longest that a name may be, in the region with the longest. */
const service = 'a'.repeat(24);
const region = 'ap-southeast-2';
const settings = readConfig({
  service: { name: service },
  alerts: { noTicksMinutes: 30, runbookUrl: 'https://wiki.example.com/runbook', critical: { sms: ['+41791234567'] } },
});
const facts = pageFactsOf(new Names(service), settings.alerts, everySubject(settings));

const NOTICE: AlarmNotice = {
  ...{ kind: 'alarm', alarm: '', state: 'ALARM', isFirst: false, children: [] },
  at: new Date('2026-11-26T03:13:02Z'),
  firstBad: new Date('2026-11-26T03:12:00Z'),
};
const IMPACT = '41 requests got 503 in the last minute.';
const around = { facts, region, functionName: `${service}-send-pages`, now: new Date('2026-11-26T03:13:04Z') };
const pageOf = (change: Partial<AlarmNotice>, more = {}) =>
  alarmPage({ ...NOTICE, ...change }, IMPACT, { ...around, ...more });

describe.each(Object.keys(facts.alarms))('%s', (alarm) => {
  const known = facts.alarms[alarm];
  const page = pageOf({ alarm });

  test('says what broke in its first 100 characters, even with the longest names', () => {
    const what = (known?.title ?? '').toLowerCase();
    expect(subjectOf(page).length).toBeLessThanOrEqual(100);
    expect(textOf(page).slice(0, 100).toLowerCase()).toContain(what);
    expect(subjectOf(page).toLowerCase()).toContain(what);
    expect(subjectOf(page)).toMatch(/^\[(CRITICAL|WARNING)\] [\x20-\x7e]+$/);
  });

  test('fits into a text message and into every other format', () => {
    expect(smsOf(page).length).toBeLessThanOrEqual(140);
    expect(smsOf(page)).toMatch(/^(CRITICAL|WARNING) [\x20-\x7e]+$/);
    expect(pagerDutyEventsOf(page, 'key')).toMatchObject([{ payload: { severity: known?.severity } }]);
    expect(JSON.stringify(chatMessageOf(page))).toContain(`#${known?.section}`);
  });

  test('its all-clear belongs to the same incident', () => {
    const end = pageOf({ alarm, state: 'OK' });
    expect(incidentKey(end)).toBe(incidentKey(page));
    expect(pagerDutyEventsOf(end, 'key')).toMatchObject([{ event_action: 'resolve', dedup_key: incidentKey(page) }]);
    expect(subjectOf(end)).toMatch(/^\[OK\] /);
  });
});

test('two subjects are never one incident', () => {
  const keys = Object.entries(facts.alarms)
    .filter(([, { pages }]) => pages)
    .map(([alarm]) => incidentKey(pageOf({ alarm })));
  expect(new Set(keys).size).toBe(keys.length);
});

describe('the start of an incident', () => {
  test('is the first bad period if periods are short', () => {
    const page = pageOf({ alarm: `${service}-database-unreachable-critical` });
    expect(page.headline).toBe('database unreachable since 03:12:00Z');
    expect(textOf(page)).toContain(
      'Since: the first bad period is the 30 s from 03:12:00Z on; in ALARM since 03:13:02Z',
    );
  });

  test('is the change of state if a period is so long that it may begin before the fault', () => {
    const page = pageOf({ alarm: `${service}-dead-letters-warning`, firstBad: new Date('2026-11-26T03:08:00Z') });
    expect(page.headline).toBe('scheduled runs failed since 03:13:02Z');
    expect(textOf(page)).toContain(
      'Since: in ALARM since 03:13:02Z; the first bad period is the 300 s from 03:08:00Z on',
    );
  });

  test('is the change of state if no data was sent', () => {
    const { firstBad: _, ...silent } = NOTICE;
    const page = alarmPage({ ...silent, alarm: `${service}-probe-silent-critical` }, '', around);
    expect(page.headline).toBe('health probe silent since 03:13:02Z');
    expect(textOf(page)).toContain('Since: in ALARM since 03:13:02Z\n');
  });

  test('is that of the first alarm of a warning', () => {
    const children = [
      { alarm: `${service}-lock-wait-warning`, at: new Date('2026-11-26T03:13:00Z') },
      {
        ...{ alarm: `${service}-long-transaction-warning`, at: new Date('2026-11-26T03:12:58Z') },
        firstBad: new Date('2026-11-26T03:10:00Z'),
      },
    ];
    expect(pageOf({ alarm: `${service}-slow-warning`, children }).headline).toBe(
      'long wait for a lock, long transaction since 03:10:00Z',
    );
  });
});

describe('a warning of several alarms', () => {
  const at = new Date('2026-11-26T03:13:00Z');
  const children = ['lock-wait', 'long-transaction'].map((id) => ({
    ...{ alarm: `${service}-${id}-warning`, at },
    measured: { value: 131.234567, limit: 120 },
  }));
  const page = pageOf({ alarm: `${service}-slow-warning`, children });

  test('lists all of them in PagerDuty, with each title once', () => {
    expect(pagerDutyEventsOf(page, 'key')).toMatchObject([
      {
        payload: {
          custom_details: {
            First: expect.stringMatching(/^Long wait for a lock: .+\nLong transaction: .+$/),
            Affected: expect.stringMatching(/^Long wait for a lock: .+\nLong transaction: .+$/),
            Measured: 'Long wait for a lock: 131.2 seconds, limit 120\nLong transaction: 131.2 seconds, limit 120',
            Runbook: expect.stringMatching(/#long-wait-for-a-lock\n.+#long-transaction$/),
          },
        },
        links: [{ href: 'https://wiki.example.com/runbook#warnings' }, {}],
      },
    ]);
  });

  test('of one alarm leads to its section, and so does its text message', () => {
    const one = pageOf({ alarm: `${service}-slow-warning`, children: children.slice(0, 1) });
    expect(one.runbook).toBe('https://wiki.example.com/runbook#long-wait-for-a-lock');
    expect(textOf(one)).toContain('\nFirst: Find the session');
    expect(textOf(one)).toContain(`\nRunbook: ${one.runbook}\n`);
  });

  test('without names describes what they are about', () => {
    expect(pageOf({ alarm: `${service}-slow-warning`, state: 'OK' }).headline).toBe(
      'warnings about slow responses ended at 03:13:02Z',
    );
  });
});

test('a page of another day has the date', () => {
  const alarm = `${service}-transaction-id-age-critical`;
  const now = new Date('2026-11-28T07:00:00Z');
  const page = pageOf({ alarm }, { now, isRepeated: true });
  expect(textOf(page)).toContain('still transaction ids run out since 26 Nov 03:13Z. ');
  expect(subjectOf(page)).toContain('still transaction ids run out since 26 Nov');
});

describe('a notice', () => {
  const message = (more: object) =>
    JSON.stringify({
      ...{
        AlarmName: 'a',
        NewStateValue: 'ALARM',
        OldStateValue: 'OK',
        StateChangeTime: '2026-11-26T03:13:02.512+0000',
      },
      ...more,
    });

  test('of an alarm has the first bad datapoint of those that its reason names', () => {
    const NewStateReason =
      'Threshold Crossed: 2 out of the last 24 datapoints [0.0 (26/11/26 03:12:30), 0.0 (26/11/26 03:12:00)] were less';
    expect(readNotice(message({ NewStateReason }), null)).toMatchObject({ firstBad: new Date('2026-11-26T03:12:00Z') });
  });

  test.each([
    [
      '[608.0 (26/11/26 03:13:00), 540.5 (26/11/26 03:12:00)] were greater than or equal to the threshold (500.0)',
      608,
      500,
    ],
    ['[6.1E9 (26/11/26 03:13:00)] was less than or equal to the threshold (6.87195E9)', 6.1e9, 6.87195e9],
    ['[-2.0E-4 (26/11/26 03:13:00)] was less than or equal to the threshold (0.0)', -2e-4, 0],
  ])('of an alarm has the newest bad value and the limit: %s', (datapoints, value, limit) => {
    const NewStateReason = `Threshold Crossed: 2 out of the last 10 datapoints ${datapoints} (minimum 2 datapoints for OK -> ALARM transition).`;
    expect(readNotice(message({ NewStateReason }), null)).toMatchObject({ measured: { value, limit } });
  });

  test('of missing data has neither of them', () => {
    const NewStateReason =
      'Threshold Crossed: no datapoints were received for 4 periods and 4 missing datapoints were treated as [Breaching].';
    const notice = readNotice(message({ NewStateReason }), null);
    expect([Object.hasOwn(notice, 'firstBad'), Object.hasOwn(notice, 'measured')]).toEqual([false, false]);
  });

  test('of a composite has the names of what it is about', () => {
    const TriggeringChildren = [
      {
        Arn: 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:tick-store-lock-wait-warning',
        State: { Value: 'ALARM', Timestamp: '2026-11-26T03:11:00.000+0000' },
      },
    ];
    expect(readNotice(message({ TriggeringChildren }), null)).toMatchObject({
      children: [{ alarm: 'tick-store-lock-wait-warning', at: new Date('2026-11-26T03:11:00Z') }],
    });
  });

  test.each([
    ['not JSON', 'Dear customer'],
    ['JSON of something else', '[1, 2]'],
    ['an alarm without a time', JSON.stringify({ AlarmName: 'a', NewStateValue: 'ALARM' })],
    ['a state that pages nobody', message({ NewStateValue: 'INSUFFICIENT_DATA' })],
  ])('of %s is an unchanged text', (_, text) => {
    expect(readNotice(text, 'Subject')).toEqual({ kind: 'text', subject: 'Subject', text });
  });
});
