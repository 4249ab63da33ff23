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
  /** The real points that counted, newest first; `index` is their place in the range. */
  readonly real: readonly { readonly index: number; readonly value: number; readonly breaching: boolean }[];
  /** Periods without data that were filled by the treatment. */
  readonly filled: number;
}

/**
 * How many periods an alarm looks back at: more than it judges, for metrics come late. Not documented; two more is what the
 * documentation's example has, and what traces of alarms with periods of 5 and 15 minutes show.
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

/**
 * CloudWatch's verdict on a range of periods. With enough real points the newest of them decide, and the treatment of
 * missing data does not matter; else all real points count and the treatment fills up what is missing.
 * @param points of the evaluation range, oldest first; null if there is no data
 * @param current stays where nothing can be said
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
   * All real points breach, but they are too few. Once the oldest is as old as the datapoints to alarm, it is an alarm.
   * The documentation's prose does not demand that all of them breach, its table does. Undocumented is what a younger
   * breach does: the state stays.
   */
  function premature(): AlarmState {
    const oldest = real.at(-1)?.index ?? points.length;
    return points.length - oldest >= datapointsToAlarm ? 'ALARM' : current;
  }
}
