import { describe, expect, test } from 'vitest';
import { byFamily, inAlarmByFamily } from '../../lib/console/page/pages/alarms/group-alarms.ts';
import { isForPeople, readMessage } from '../../lib/console/page/pages/messages/read-message.ts';

const section = (id: string, title: string, markdown = '') =>
  [id, { id, title, meaning: '', first: '', markdown }] as const;
const alarm = (name: string, anchor: string, state: 'OK' | 'ALARM' = 'ALARM', since = '2026-01-01T00:00:00Z') => ({
  ...{ name, kind: 'metric' as const, state, since, reason: '', actionsEnabled: true, suppressedBy: null, history: [] },
  description: `Look. Runbook: https://example.com/runbook.md#${anchor}`,
});

describe('alarms by family', () => {
  test("the runbook's table of symptoms gives the family and who is affected", () => {
    const table =
      '| symptom | family |\n|---|---|\n| [Disk full](#disk-full) | unreachable | Every client. | critical topic |';
    const runbook = new Map([section('symptoms', 'Symptoms', table), section('disk-full', 'Disk full')]);
    const [group] = byFamily([alarm('x-disk-critical', 'disk-full')], runbook);
    expect([group?.family.id, group?.lead.affects, group?.lead.section?.title]).toEqual([
      'unreachable',
      'Every client.',
      'Disk full',
    ]);
  });

  test('causes come before consequences, the worst first, and an unknown alarm belongs to the platform', () => {
    const alarms = [
      alarm('new-thing-warning', 'nobody-knows'),
      alarm('pool-utilization-warning', 'pool-utilization', 'ALARM', '2026-01-01T00:01:00Z'),
      alarm('pool-utilization-critical', 'pool-utilization', 'ALARM', '2026-01-01T00:02:00Z'),
      alarm('probe-up-critical', 'probe-up', 'OK'),
    ];
    const groups = inAlarmByFamily(alarms, new Map());
    expect(groups.map(({ family, lead, since }) => [family.id, lead.alarm.name, since])).toEqual([
      ['saturated', 'pool-utilization-critical', '2026-01-01T00:01:00Z'],
      ['platform', 'new-thing-warning', '2026-01-01T00:00:00Z'],
    ]);
  });
});

describe('a message in the form in which its reader gets it', () => {
  const sent = (subject: string, message: string, topic = 'tick-store-critical') => ({
    ...{ messageId: '1', topic, subject, message, byProtocol: {}, publishedAt: '2026-01-01T00:00:00Z', deliveries: [] },
  });

  test("CloudWatch's JSON becomes sentences and facts", () => {
    const json = JSON.stringify({
      ...{ AlarmName: 'probe-up', AlarmDescription: 'Look now.', NewStateValue: 'ALARM', NewStateReason: 'It was 0.' },
      StateChangeTime: '2026-11-26T00:19:32.002+0000',
    });
    expect(readMessage(sent('ALARM: "probe-up"', json))).toMatchObject({
      ...{ severity: 'critical', text: 'Look now.\n\nIt was 0.', alarm: 'probe-up' },
      facts: [
        ['Alarm', 'probe-up'],
        ['State', 'ALARM'],
        ['Since', '2026-11-26 00:19:32 UTC'],
      ],
    });
  });

  test('text stays text, and an all-clear is shown as one', () => {
    const text = 'Database unreachable since 03:12:04Z.\nFirst: look.\nAlarm: tick-store-database-unreachable-critical';
    const alarm = 'tick-store-database-unreachable-critical';
    expect(readMessage(sent('[CRITICAL] tick-store', text))).toEqual({
      ...{ severity: 'critical', subject: '[CRITICAL] tick-store', text, facts: [], alarm },
    });
    expect(readMessage(sent('[OK] tick-store', text)).severity).toBe('ok');
    expect(readMessage(sent('OK: "probe-up"', 'over')).severity).toBe('ok');
    expect(readMessage(sent('x', '17', 'tick-store-warning'))).toMatchObject({ severity: 'warning', text: '17' });
  });

  test('messages for the pager are not shown, unless the pager failed', () => {
    const delivery = { protocol: 'lambda', endpoint: 'arn', outcome: 'delivered', attempts: 1, detail: '' };
    expect(isForPeople({ deliveries: [delivery] })).toBe(false);
    expect(isForPeople({ deliveries: [{ ...delivery, outcome: 'failed' }] })).toBe(true);
    expect(isForPeople({ deliveries: [delivery, { ...delivery, protocol: 'https' }] })).toBe(true);
    expect(isForPeople({ deliveries: [] })).toBe(true);
  });
});
