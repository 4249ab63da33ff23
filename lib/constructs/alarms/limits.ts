import type { Settings } from '../../config/schema.ts';
import { type AnyThreshold, FALLING } from '../../config/thresholds.ts';
import type { AlarmSubject, Severity, Timing } from './definition.ts';

/**
 * An alarm enters ALARM after two bad datapoints, and leaves it only after a long time with fewer than two. So an
 * incident that comes and goes is one incident, with one page and one all-clear. A cause stays in ALARM longer than its
 * consequences, and a critical alarm longer than its warning. So nothing pages because the alarm that suppressed it
 * returned to OK first.
 */

/** For a cause, on metrics with a resolution of one second: pages within 90 s, clears after 12 minutes. */
export const CAUSE: Timing = { periodSeconds: 30, datapoints: 2, periods: 24 };

/** Clears after 10 minutes; a warning clears after 8. */
export const MINUTES: Readonly<Record<Severity, Timing>> = {
  warning: { periodSeconds: 60, datapoints: 2, periods: 8 },
  critical: { periodSeconds: 60, datapoints: 2, periods: 10 },
};

/** The same, with the critical alarm on a metric with a resolution of one second. */
export const HALF_MINUTES: Readonly<Record<Severity, Timing>> = {
  warning: MINUTES.warning,
  critical: { periodSeconds: 30, datapoints: 2, periods: 20 },
};

/** One bad period of five minutes, for thresholds that are counts per five minutes. Clears after 15 minutes. */
export const FIVE_MINUTES: Readonly<Record<Severity, Timing>> = both({ periodSeconds: 300, datapoints: 1, periods: 3 });

/** Two of six periods of five minutes, for values that change by the hour or the day. */
export const SLOW: Readonly<Record<Severity, Timing>> = both({ periodSeconds: 300, datapoints: 2, periods: 6 });

function both(timing: Timing): Record<Severity, Timing> {
  return { warning: timing, critical: timing };
}

/**
 * The limits of a subject from its setting: value per severity, direction, and timing.
 * @param inMetricUnit converts the setting's unit to the metric's, if they differ
 * @param only one severity, if the setting has both for `/v1/health`
 */
export function limitsOf(
  settings: Settings,
  threshold: AnyThreshold,
  timing: Readonly<Record<Severity, Timing>>,
  { inMetricUnit = (value) => value, only }: { inMetricUnit?: (value: number) => number; only?: Severity } = {},
): Pick<AlarmSubject, 'limits' | 'threshold'> {
  const values: Partial<Record<Severity, number>> = settings.thresholds[threshold];
  const comparison = FALLING.has(threshold) ? 'at-most' : 'at-least';
  const limit = (severity: Severity) => {
    const value = values[severity];
    if (value === undefined || (only !== undefined && only !== severity)) return {};
    return { [severity]: { comparison, value: rounded(inMetricUnit(value)), timing: timing[severity] } };
  };
  return { threshold, limits: { ...limit('warning'), ...limit('critical') } };
}

/** Removes errors of binary fractions: 70 % of 28 s is 19,600 ms. */
const rounded = (value: number): number => Number(value.toPrecision(12));
