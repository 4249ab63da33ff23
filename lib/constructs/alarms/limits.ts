import type { Settings } from '../../config/schema.ts';
import { type AnyThreshold, FALLING } from '../../config/thresholds.ts';
import type { AlarmSubject, Severity, Timing } from './definition.ts';

/**
 * Three bad minutes of five for a warning, which can wait; two of five for a critical. Of five, and not of three: a value
 * that is over its threshold every other minute is one incident, and two of three would call and take back at each turn.
 */
export const MINUTES: Readonly<Record<Severity, Timing>> = {
  warning: { periodSeconds: 60, datapoints: 3, periods: 5 },
  critical: { periodSeconds: 60, datapoints: 2, periods: 5 },
};

/** For metrics stored by the second: two bad half-minutes of five. */
export const HALF_MINUTES: Readonly<Record<Severity, Timing>> = {
  warning: MINUTES.warning,
  critical: { periodSeconds: 30, datapoints: 2, periods: 5 },
};

/** One bad minute: for counts of what should not happen at all. It is over when three minutes have been well. */
export const ONE_MINUTE: Readonly<Record<Severity, Timing>> = both({ periodSeconds: 60, datapoints: 1, periods: 3 });

/** Five minutes, once: for counts that a threshold gives by five minutes. */
export const FIVE_MINUTES: Readonly<Record<Severity, Timing>> = both({ periodSeconds: 300, datapoints: 1, periods: 1 });

/** Two of three times five minutes: for what changes by the day. */
export const SLOW: Readonly<Record<Severity, Timing>> = both({ periodSeconds: 300, datapoints: 2, periods: 3 });

function both(timing: Timing): Record<Severity, Timing> {
  return { warning: timing, critical: timing };
}

/**
 * The limits of a subject from its setting: value by severity, direction, and timing.
 * @param inMetricUnit from the setting's unit to the metric's, where they differ
 */
export function limitsOf(
  settings: Settings,
  threshold: AnyThreshold,
  timing: Readonly<Record<Severity, Timing>>,
  inMetricUnit: (value: number) => number = (value) => value,
): Pick<AlarmSubject, 'limits' | 'threshold'> {
  const { warning, critical } = settings.thresholds[threshold];
  const comparison = FALLING.has(threshold) ? 'at-most' : 'at-least';
  return {
    threshold,
    limits: {
      warning: { comparison, value: rounded(inMetricUnit(warning)), timing: timing.warning },
      critical: { comparison, value: rounded(inMetricUnit(critical)), timing: timing.critical },
    },
  };
}

/** 70 % of 28 s is 19,600 ms, whatever binary fractions say. */
const rounded = (value: number): number => Number(value.toPrecision(12));
