import * as z from 'zod';
import type { Resource } from '../../cloudformation/resource.ts';

/** CloudFormation accepts numbers written as text. */
const number = z.coerce.number();
const boolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const dimensions = z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]);
const period = number.refine((seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0), {
  error: 'must be 10, 20, 30 or a multiple of 60',
});

const actions = {
  ActionsEnabled: boolean.default(true),
  AlarmActions: z.array(z.string()).default([]),
  OKActions: z.array(z.string()).default([]),
  InsufficientDataActions: z.array(z.string()).default([]),
};

const common = {
  ...actions,
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().default(''),
  Tags: z.unknown().optional(),
};

const metricStat = z.strictObject({
  Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
  Period: period,
  Stat: z.string(),
});

const metricQuery = z.strictObject({
  Id: z.string(),
  Label: z.string().optional(),
  ReturnData: boolean.optional(),
  Expression: z.string().optional(),
  MetricStat: metricStat.optional(),
});

/**
 * The emulated properties of an alarm. Any other property is an error: an alarm that silently ignores settings is worse
 * than none.
 */
export const alarmProperties = z.strictObject({
  ...common,
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Statistic: z.enum(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']).optional(),
  ExtendedStatistic: z.string().optional(),
  Period: period.optional(),
  Metrics: z.array(metricQuery).optional(),
  ComparisonOperator: z.enum([
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanOrEqualToThreshold',
    'LessThanThreshold',
  ]),
  Threshold: number,
  EvaluationPeriods: number.pipe(z.int().positive()),
  DatapointsToAlarm: number.pipe(z.int().positive()).optional(),
  TreatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']).default('missing'),
  EvaluateLowSampleCountPercentile: z.literal('evaluate').optional(),
  WarmUpConfiguration: z
    .strictObject({
      WarmUpPeriodDurationInMinutes: number.pipe(z.number().min(1).max(2880)),
      OnlyStartEvaluatingAfterWarmUpPeriodEnds: boolean.default(false),
    })
    .optional(),
});

export const compositeProperties = z
  .strictObject({
    ...common,
    AlarmRule: z.string().max(10_240),
    ActionsSuppressor: z.string().optional(),
    ActionsSuppressorWaitPeriod: number.optional(),
    ActionsSuppressorExtensionPeriod: number.optional(),
  })
  .refine(
    (alarm) =>
      alarm.ActionsSuppressor === undefined ||
      (alarm.ActionsSuppressorWaitPeriod !== undefined && alarm.ActionsSuppressorExtensionPeriod !== undefined),
    'ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod',
  );

export type AlarmProperties = z.output<typeof alarmProperties>;
export type CompositeProperties = z.output<typeof compositeProperties>;
export type ActionProperties = Pick<
  AlarmProperties,
  'ActionsEnabled' | 'AlarmActions' | 'OKActions' | 'InsufficientDataActions'
>;

/** @throws Error that names the alarm and each property that is not emulated */
export function readProperties<Schema extends z.ZodType>(schema: Schema, resource: Resource): z.output<Schema> {
  const read = schema.safeParse(resource.properties);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new Error(`${alarmName(resource)} cannot be emulated: ${faults.join('; ')}`);
}

export const alarmName = ({ logicalId, properties }: Resource): string => String(properties['AlarmName'] ?? logicalId);
