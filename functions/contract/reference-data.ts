import * as z from 'zod';
import { id, symbol, text, timestamp } from './fields.ts';
import { instrumentBody, NOT_BOTH, notBoth } from './parameters.ts';

const instrumentFields = {
  name: text(1, 100).meta({ example: 'E-mini S&P 500' }),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,29}$/, 'must be a lowercase word')
    .meta({
      description: 'Such as future, index, internal, crypto, forex or equity.',
      example: 'future',
    }),
  status: z.enum(['active', 'inactive', 'error']),
  priceDecimals: z
    .int()
    .min(0)
    .max(12)
    .meta({ description: 'Decimals of prices in responses. Stored values are not rounded.' }),
};

/** A `PUT` says all of an instrument: what is left out gets its default. */
export const instrumentRequest = z
  .strictObject({
    name: instrumentFields.name.optional().meta({ description: 'Defaults to the symbol.' }),
    type: instrumentFields.type.default('other'),
    status: instrumentFields.status.default('active'),
    priceDecimals: instrumentFields.priceDecimals.default(4),
  })
  .meta({ id: 'InstrumentRequest', example: { name: 'Bitcoin perpetual', type: 'crypto', priceDecimals: 1 } });
/** See `instrumentRequest`. */
export type InstrumentRequest = z.output<typeof instrumentRequest>;

/** A stored instrument, as responses show it. */
export const instrument = z
  .object({ id, symbol, ...instrumentFields, createdAt: timestamp, updatedAt: timestamp })
  .meta({ id: 'Instrument' });
/** See `instrument`. */
export type Instrument = z.output<typeof instrument>;

/** Kinds of alert rules, by the original’s names. */
export const RULE_TYPES = ['threshold', 'crossover', 'rate_of_change', 'volume_spike', 'multi_condition'] as const;
/** Conditions of alert rules, by the original’s names. */
export const CONDITIONS = [
  'above',
  'below',
  'equals',
  'crosses_above',
  'crosses_below',
  'percent_change_up',
  'percent_change_down',
  'volume_above',
] as const;

/** The name of an alert rule, which identifies it. */
export const ruleName = text(1, 100).meta({ example: 'es-above-4300' });

/** A `PUT` says all of a rule: what is left out gets its default. Bounds are the original's. */
export const ruleRequest = z
  .strictObject({
    ...instrumentBody,
    ruleType: z.enum(RULE_TYPES).default('threshold'),
    condition: z.enum(CONDITIONS),
    threshold: z.number(),
    timeWindowSeconds: z.int().min(1).max(3600).nullable().default(null),
    movingAveragePeriod: z.int().min(1).max(1000).nullable().default(null),
    cooldownSeconds: z.int().min(0).max(3600).default(60),
    active: z.boolean().default(true),
  })
  .refine((value) => value.instrumentId !== undefined || value.symbol !== undefined, 'needs instrumentId or symbol')
  .refine(notBoth, NOT_BOTH)
  .meta({ id: 'AlertRuleRequest', example: { symbol: 'ES', condition: 'above', threshold: 4300 } });
/** See `ruleRequest`. */
export type RuleRequest = z.output<typeof ruleRequest>;

/** A stored alert rule, as responses show it. */
export const rule = z
  .object({
    id,
    name: ruleName,
    instrumentId: id,
    symbol,
    ruleType: z.enum(RULE_TYPES),
    condition: z.enum(CONDITIONS),
    threshold: z.number(),
    timeWindowSeconds: z.int().nullable(),
    movingAveragePeriod: z.int().nullable(),
    cooldownSeconds: z.int(),
    active: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'AlertRule' });
/** See `rule`. */
export type Rule = z.output<typeof rule>;
