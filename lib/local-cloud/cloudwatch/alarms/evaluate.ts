import type { AlarmState } from './alarm.ts';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export interface DatapointRule {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
  readonly breaches: (value: number) => boolean;
}

export interface Verdict {
  readonly state: AlarmState;
  /** The reported points that counted, newest first; `index` is their position in the range. */
  readonly real: readonly { readonly index: number; readonly value: number; readonly breaching: boolean }[];
  /** The number of periods without data that the treatment of missing data filled. */
  readonly filled: number;
}

/**
 * The number of periods in an alarm's evaluation range. It is larger than the number of evaluation periods, because
 * metrics arrive late. AWS does not document it; two more is what the example in the documentation has, and what traces
 * of alarms with periods of 5 and 15 minutes show.
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

/**
 * CloudWatch's verdict on a range of periods. With enough reported points the newest of them decide, and the treatment
 * of missing data does not matter. Otherwise all reported points count, and the treatment fills the missing ones.
 * @param points of the evaluation range, oldest first; null if there is no data
 * @param current the state to keep if there is no verdict
 */
export function evaluate(points: readonly (number | null)[], rule: DatapointRule, current: AlarmState): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches } = rule;
  const real = points
    .flatMap((value, index) => (value === null ? [] : [{ index, value, breaching: breaches(value) }]))
    .reverse()
    .slice(0, evaluationPeriods);
  const filled = evaluationPeriods - real.length;
  const breaching = real.filter((point) => point.breaching).length;
  return { state: judge(), real, filled };

  function judge(): AlarmState {
    if (breaching + (treatMissingData === 'breaching' ? filled : 0) >= datapointsToAlarm) return 'ALARM';
    if (filled === 0 || treatMissingData === 'breaching' || treatMissingData === 'notBreaching') return 'OK';
    if (breaching < real.length) return 'OK';
    if (treatMissingData === 'ignore') return current;
    return real.length === 0 ? 'INSUFFICIENT_DATA' : premature();
  }

  /**
   * All reported points breach, but there are too few. Once the oldest is as old as the datapoints to alarm, the alarm
   * enters ALARM. The documentation's prose does not require that all of them breach, but its table does. What a more
   * recent breach does is undocumented: here the state stays.
   */
  function premature(): AlarmState {
    const oldest = real.at(-1)?.index ?? points.length;
    return points.length - oldest >= datapointsToAlarm ? 'ALARM' : current;
  }
}
