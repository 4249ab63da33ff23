import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../cloudwatch/alarms/alarm.ts';
import { evaluate, evaluationRange, type MissingData } from '../cloudwatch/alarms/evaluate.ts';
import table from './fixtures/missing-data.json' with { type: 'json' };

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const satisfies readonly MissingData[];
const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const satisfies readonly AlarmState[];

/** `0` does not breach, `X` does, `-` is missing; oldest first. */
const points = (text: string) => [...text].map((point) => ({ '0': 0, X: 1, '-': null })[point] as number | null);

const rule = (evaluationPeriods: number, datapointsToAlarm: number, treatMissingData: MissingData) => ({
  evaluationPeriods,
  datapointsToAlarm,
  treatMissingData,
  breaches: (value: number) => value >= 1,
});

/**
 * The two tables under "How alarm state is evaluated when data is missing" of CloudWatch's user guide (Configuring how
 * CloudWatch alarms treat missing data): 3 of 3 and 2 of 3 datapoints, over a range of five.
 */
describe.each(table)('$points, $datapointsToAlarm of $evaluationPeriods', (row) => {
  const range = row.points.map((point) => (point === null ? null : point === 'breaching' ? 1 : 0));

  test.each(TREATMENTS.flatMap((treatment) => STATES.map((current) => [treatment, current] as const)))(
    'with %s and from %s',
    (treatment, current) => {
      const expected = row.expected[treatment];
      const { state } = evaluate(range, rule(row.evaluationPeriods, row.datapointsToAlarm, treatment), current);
      expect(state).toBe(expected === 'CURRENT_STATE' ? current : expected);
    },
  );
});

test('the range of the tables is the evaluation range of alarms', () => {
  for (const row of table) expect(row.points).toHaveLength(evaluationRange(row.evaluationPeriods));
});

describe('edges', () => {
  test.each([
    // the two examples in the guide's prose: a breach too young to be the only word on the matter
    ['----X', 3, 3, 'missing', 'OK', 'OK'],
    ['---X-', 3, 3, 'missing', 'OK', 'OK'],
    ['----X', 3, 3, 'missing', 'ALARM', 'ALARM'],
    ['----X', 3, 3, 'missing', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA'],
    ['--X--', 3, 3, 'missing', 'OK', 'ALARM'],
    ['----X', 3, 1, 'missing', 'OK', 'ALARM'],
    // enough real points: older ones and the treatment do not matter
    ['XX000', 3, 1, 'breaching', 'ALARM', 'OK'],
    ['000XX', 3, 2, 'notBreaching', 'OK', 'ALARM'],
    // late by two periods, and still the newest one known
    ['X--', 1, 1, 'notBreaching', 'OK', 'ALARM'],
    ['0--', 1, 1, 'breaching', 'ALARM', 'OK'],
    ['---', 1, 1, 'breaching', 'OK', 'ALARM'],
    ['---', 1, 1, 'ignore', 'ALARM', 'ALARM'],
    // dead-man: one point left of five is enough to stay quiet
    ['0----', 3, 3, 'breaching', 'OK', 'OK'],
    ['-----', 3, 3, 'breaching', 'OK', 'ALARM'],
  ] as const)('%s, %d periods, %d to alarm, %s, from %s: %s', (text, n, m, treatment, from, expected) => {
    expect(evaluate(points(text), rule(n, m, treatment), from).state).toBe(expected);
  });

  test('the verdict lists the points that counted, newest first, and how many were filled', () => {
    expect(evaluate(points('X0-X-'), rule(4, 2, 'notBreaching'), 'OK')).toEqual({
      state: 'ALARM',
      real: [
        { index: 3, value: 1, breaching: true },
        { index: 1, value: 0, breaching: false },
        { index: 0, value: 1, breaching: true },
      ],
      filled: 1,
    });
  });
});
