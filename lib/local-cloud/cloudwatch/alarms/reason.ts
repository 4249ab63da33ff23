import type { AlarmState } from './alarm.ts';
import type { AlarmProperties } from './alarm-properties.ts';
import type { DatapointRule, Verdict } from './evaluate.ts';

const WORDS: Record<AlarmProperties['ComparisonOperator'], string> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanOrEqualToThreshold: 'less than or equal to',
  LessThanThreshold: 'less than',
};

const TREATED = { breaching: 'Breaching', notBreaching: 'NonBreaching' } as const;

/**
 * Why an alarm changed its state, as CloudWatch words it, as far as published samples of its messages show.
 * @param timeOf where a period of the range begins, epoch milliseconds
 */
export function reasonOf(
  properties: AlarmProperties,
  rule: DatapointRule,
  { state, real, filled }: Verdict,
  before: AlarmState,
  timeOf: (index: number) => number,
): string {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rule;
  const treated =
    filled > 0 && (treatMissingData === 'breaching' || treatMissingData === 'notBreaching')
      ? `${datapoints(filled, 'missing ')} ${wasOf(filled)} treated as [${TREATED[treatMissingData]}]`
      : undefined;
  if (real.length === 0) {
    if (treated) return `Threshold Crossed: no datapoints were received for ${periodsOf(filled)} and ${treated}.`;
    return `Insufficient Data: ${datapoints(filled)} ${wasOf(filled)} unknown.`;
  }
  const breaching = real.filter((point) => point.breaching);
  const crossed = state === 'ALARM' && breaching.length > 0;
  const reported = crossed ? breaching : real.filter((point) => !point.breaching);
  const values = reported.map(({ value, index }) => `${double(value)} (${dateTime(timeOf(index))})`).join(', ');
  const verb = `${wasOf(reported.length)}${crossed ? '' : ' not'} ${WORDS[properties.ComparisonOperator]}`;
  const threshold = `the threshold (${double(properties.Threshold)})`;
  if (treated)
    return `Threshold Crossed: ${datapoints(reported.length)} [${values}] ${verb} ${threshold} and ${treated}.`;
  if (properties.DatapointsToAlarm === undefined)
    return `Threshold Crossed: ${datapoints(reported.length)} [${values}] ${verb} ${threshold}.`;
  const needed = crossed ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const minimum = `(minimum ${datapoints(needed)} for ${before} -> ${state} transition)`;
  return `Threshold Crossed: ${reported.length} out of the last ${evaluationPeriods} datapoints [${values}] ${verb} ${threshold} ${minimum}.`;
}

const datapoints = (count: number, kind = ''): string => `${count} ${kind}datapoint${count === 1 ? '' : 's'}`;
const periodsOf = (count: number): string => `${count} period${count === 1 ? '' : 's'}`;
const wasOf = (count: number): string => (count === 1 ? 'was' : 'were');

/** As Java writes a double: 2.0, 0.05, 6.8719476736E9. */
export function double(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** dd/MM/yy HH:mm:ss in UTC. */
function dateTime(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
