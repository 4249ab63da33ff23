import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../cloudwatch/alarms/alarm.ts';
import { compositeAlarm } from '../cloudwatch/alarms/composite.ts';
import { evaluate, evaluationRange } from '../cloudwatch/alarms/evaluate.ts';
import { compositeAlarmMessage, metricAlarmMessage } from '../cloudwatch/alarms/messages.ts';
import { metricAlarm } from '../cloudwatch/alarms/metric-alarm.ts';
import { double, reasonOf } from '../cloudwatch/alarms/reason.ts';

const account = { account: '123456789012', region: 'eu-west-1' };
const context = { ...account, configuredAt: Date.UTC(2025, 1, 2, 12) };

const alarmOf = (properties: object) =>
  metricAlarm(
    {
      logicalId: 'Alarm',
      type: 'AWS::CloudWatch::Alarm',
      properties: {
        AlarmName: 'busy',
        Namespace: 'N',
        MetricName: 'M',
        Dimensions: [{ Name: 'Service', Value: 'tick-store' }],
        Statistic: 'SampleCount',
        Period: 60,
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 50,
        EvaluationPeriods: 1,
        ...properties,
      },
    },
    account,
  );

/** The reason of a verdict on points whose last period begins at 16:59 on 2 October 2019. */
function reason(properties: object, points: (number | null)[], before: AlarmState): string {
  const alarm = alarmOf(properties);
  const range = [...Array(evaluationRange(alarm.rule.evaluationPeriods)).fill(null), ...points].slice(
    -evaluationRange(alarm.rule.evaluationPeriods),
  ) as (number | null)[];
  const end = Date.UTC(2019, 9, 2, 17);
  const timeOf = (index: number) => end - (range.length - index) * 60_000;
  return reasonOf(alarm.properties, alarm.rule, evaluate(range, alarm.rule, before), before, timeOf);
}

describe('reasons, as real messages word them', () => {
  test.each([
    [
      { DatapointsToAlarm: 1 },
      [99.5],
      'OK',
      'Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      { DatapointsToAlarm: 2, EvaluationPeriods: 3 },
      [60, 1, 70],
      'OK',
      'Threshold Crossed: 2 out of the last 3 datapoints [70.0 (02/10/19 16:59:00), 60.0 (02/10/19 16:57:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).',
    ],
    [
      { DatapointsToAlarm: 2, EvaluationPeriods: 3 },
      [60, 1, 2],
      'ALARM',
      'Threshold Crossed: 2 out of the last 3 datapoints [2.0 (02/10/19 16:59:00), 1.0 (02/10/19 16:58:00)] were not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition).',
    ],
    [
      { EvaluationPeriods: 3, Threshold: 0 },
      [2, 2, 2],
      'OK',
      'Threshold Crossed: 3 datapoints [2.0 (02/10/19 16:59:00), 2.0 (02/10/19 16:58:00), 2.0 (02/10/19 16:57:00)] were greater than the threshold (0.0).',
    ],
    [
      { EvaluationPeriods: 3, TreatMissingData: 'breaching' },
      [null],
      'OK',
      'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].',
    ],
    [
      {
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'breaching',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
      },
      [1, null, null],
      'OK',
      'Threshold Crossed: 1 datapoint [1.0 (02/10/19 16:57:00)] was not less than the threshold (1.0) and 2 missing datapoints were treated as [Breaching].',
    ],
    [{ EvaluationPeriods: 3 }, [null], 'OK', 'Insufficient Data: 3 datapoints were unknown.'],
    [{}, [null], 'OK', 'Insufficient Data: 1 datapoint was unknown.'],
  ] as const)('%j', (properties, points, before, expected) => {
    expect(reason(properties, [...points], before)).toBe(expected);
  });

  test.each([
    [2, '2.0'],
    [0.05, '0.05'],
    [-1.5, '-1.5'],
    [6871947673.6, '6.8719476736E9'],
    [10_000_000, '1.0E7'],
    [0, '0.0'],
  ])('%d is %s', (value, text) => {
    expect(double(value)).toBe(text);
  });
});

const change = { at: Date.UTC(2025, 1, 2, 12, 6, 35, 472), from: 'OK', to: 'ALARM', reason: 'because' } as const;
const topic = 'arn:aws:sns:eu-west-1:123456789012:critical';

const common = {
  AWSAccountId: '123456789012',
  AlarmConfigurationUpdatedTimestamp: '2025-02-02T12:00:00.000+0000',
  NewStateValue: 'ALARM',
  NewStateReason: 'because',
  StateChangeTime: '2025-02-02T12:06:35.472+0000',
  Region: 'EU (Ireland)',
  OldStateValue: 'OK',
};

describe('messages', () => {
  test('of an alarm on a metric', () => {
    const alarm = alarmOf({ AlarmDescription: 'what to do', AlarmActions: [topic], DatapointsToAlarm: 1 });
    const { subject, message } = metricAlarmMessage(alarm, change, context);
    expect(subject).toBe('ALARM: "busy" in EU (Ireland)');
    expect(JSON.parse(message)).toEqual({
      ...common,
      AlarmName: 'busy',
      AlarmDescription: 'what to do',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:busy',
      OKActions: [],
      AlarmActions: [topic],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: 'M',
        Namespace: 'N',
        StatisticType: 'Statistic',
        Statistic: 'SAMPLE_COUNT',
        Unit: null,
        Dimensions: [{ value: 'tick-store', name: 'Service' }],
        Period: 60,
        EvaluationPeriods: 1,
        DatapointsToAlarm: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 50,
        TreatMissingData: 'missing',
        EvaluateLowSampleCountPercentile: '',
      },
    });
  });

  test('of an alarm on a percentile', () => {
    const alarm = alarmOf({ Statistic: undefined, ExtendedStatistic: 'p99' });
    const { Trigger } = JSON.parse(metricAlarmMessage(alarm, change, context).message);
    expect(Trigger).toMatchObject({ StatisticType: 'ExtendedStatistic', ExtendedStatistic: 'p99' });
    expect(Trigger).not.toHaveProperty('Statistic');
  });

  test('of an alarm on an expression', () => {
    const metric = (name: string) => ({ Namespace: 'N', MetricName: name, Dimensions: [{ Name: 'D', Value: 'v' }] });
    const alarm = metricAlarm(
      {
        logicalId: 'Math',
        type: 'AWS::CloudWatch::Alarm',
        properties: {
          Metrics: [
            { Id: 'expr_1', Expression: '100 * a / b' },
            { Id: 'a', ReturnData: false, MetricStat: { Metric: metric('A'), Period: 300, Stat: 'Sum' } },
            { Id: 'b', ReturnData: false, MetricStat: { Metric: metric('B'), Period: 300, Stat: 'Sum' } },
          ],
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          Threshold: 5,
          EvaluationPeriods: 3,
          DatapointsToAlarm: 2,
          TreatMissingData: 'notBreaching',
        },
      },
      account,
    );
    const stat = (name: string) => ({
      Metric: { Dimensions: [{ value: 'v', name: 'D' }], MetricName: name, Namespace: 'N' },
      Period: 300,
      Stat: 'Sum',
    });
    expect(JSON.parse(metricAlarmMessage(alarm, change, context).message).Trigger).toEqual({
      Metrics: [
        { Id: 'expr_1', Expression: '100 * a / b', ReturnData: true },
        { Id: 'a', MetricStat: stat('A'), ReturnData: false },
        { Id: 'b', MetricStat: stat('B'), ReturnData: false },
      ],
      Period: 300,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 5,
      TreatMissingData: 'notBreaching',
      EvaluateLowSampleCountPercentile: '',
    });
  });

  test('of a composite, with the children that triggered it', () => {
    const AlarmRule = 'ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:busy")';
    const composite = compositeAlarm(
      {
        logicalId: 'C',
        type: 'AWS::CloudWatch::CompositeAlarm',
        properties: { AlarmName: 'all', AlarmRule, OKActions: [topic] },
      },
      account,
    );
    const arn = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:busy';
    const children = [{ arn, state: 'ALARM', since: change.at }];
    const { subject, message } = compositeAlarmMessage(composite, change, context, children);
    expect(subject).toBe('ALARM: "all" in EU (Ireland)');
    expect(JSON.parse(message)).toEqual({
      ...common,
      AlarmName: 'all',
      AlarmDescription: '',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all',
      OKActions: [topic],
      AlarmActions: [],
      InsufficientDataActions: [],
      AlarmRule,
      TriggeringChildren: [{ Arn: arn, State: { Value: 'ALARM', Timestamp: '2025-02-02T12:06:35.472+0000' } }],
    });
  });
});

describe('a setting of an alarm that is not emulated stops the start, with its name', () => {
  test.each([
    [{ ThresholdMetricId: 'band' }, /^busy cannot be emulated: .*ThresholdMetricId/],
    [{ Unit: 'Count' }, /^busy .*Unit/],
    [{ Period: 45 }, /^busy .*Period: must be 10, 20, 30 or a multiple of 60/],
    [{ Statistic: undefined, ExtendedStatistic: 'tm90' }, /^busy .*tm90 is not emulated/],
    [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, /^busy .*ComparisonOperator/],
    [{ DatapointsToAlarm: 2 }, /^busy .*DatapointsToAlarm exceeds EvaluationPeriods/],
    [{ EvaluationPeriods: 2, Period: 86_400 }, /^busy .*looks back more than a day/],
    [
      { EvaluationPeriods: 3, Period: 3_600 },
      /^busy .*looks back over 180 minutes, but its metrics are kept for no longer/,
    ],
    [
      { EvaluationPeriods: 30, Period: 30 },
      /^busy .*looks back over 15 minutes, but its metrics are kept for no longer/,
    ],
    [{ Statistic: undefined }, /^busy .*belong together/],
    [{ Metrics: [{ Id: 'e', Expression: 'RATE(m)' }] }, /^busy .*it watches no metric/],
  ])('%j', (properties, message) => {
    expect(() => alarmOf(properties)).toThrow(message);
  });
});
