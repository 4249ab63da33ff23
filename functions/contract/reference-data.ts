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

/** The most instruments or rules that one request may write. */
export const MAX_REFERENCE_ITEMS = 10_000;

const instrumentValues = {
  name: instrumentFields.name.optional().meta({ description: 'Defaults to the symbol.' }),
  type: instrumentFields.type.default('other'),
  status: instrumentFields.status.default('active'),
  priceDecimals: instrumentFields.priceDecimals.default(4),
};

/** A `PUT` replaces an instrument: omitted fields reset to their defaults. */
export const instrumentRequest = z
  .strictObject(instrumentValues)
  .meta({ id: 'InstrumentRequest', example: { name: 'Bitcoin perpetual', type: 'crypto', priceDecimals: 1 } });
/** See `instrumentRequest`. */
export type InstrumentRequest = z.output<typeof instrumentRequest>;

/** A `PATCH` changes what it names. */
export const instrumentPatch = z
  .strictObject({
    name: instrumentFields.name.optional(),
    type: instrumentFields.type.optional(),
    status: instrumentFields.status.optional(),
    priceDecimals: instrumentFields.priceDecimals.optional(),
  })
  .meta({ id: 'InstrumentPatch', example: { status: 'inactive' } });
/** See `instrumentPatch`. */
export type InstrumentPatch = z.output<typeof instrumentPatch>;

/** Many instruments at once. */
export const instrumentList = z
  .strictObject({
    instruments: z
      .array(z.strictObject({ symbol, ...instrumentValues }).meta({ id: 'NamedInstrument' }))
      .min(1)
      .max(MAX_REFERENCE_ITEMS),
  })
  .meta({ id: 'InstrumentList', example: { instruments: [{ symbol: 'ES', type: 'future', priceDecimals: 2 }] } });
/** See `instrumentList`. */
export type InstrumentList = z.output<typeof instrumentList>;

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

// bounds are the original's
const timeWindowSeconds = z.int().min(1).max(3600).nullable();
const movingAveragePeriod = z.int().min(1).max(1000).nullable();
const cooldownSeconds = z.int().min(0).max(3600);
const ruleValues = {
  ...instrumentBody,
  ruleType: z.enum(RULE_TYPES).default('threshold'),
  condition: z.enum(CONDITIONS),
  threshold: z.number(),
  timeWindowSeconds: timeWindowSeconds.default(null),
  movingAveragePeriod: movingAveragePeriod.default(null),
  cooldownSeconds: cooldownSeconds.default(60),
  active: z.boolean().default(true),
};
const NEEDS_INSTRUMENT = 'needs instrumentId or symbol';
const hasInstrument = (value: { instrumentId?: number | undefined; symbol?: string | undefined }) =>
  value.instrumentId !== undefined || value.symbol !== undefined;

/** A `PUT` replaces a rule: omitted fields reset to their defaults. */
export const ruleRequest = z
  .strictObject(ruleValues)
  .refine(hasInstrument, NEEDS_INSTRUMENT)
  .refine(notBoth, NOT_BOTH)
  .meta({ id: 'AlertRuleRequest', example: { symbol: 'ES', condition: 'above', threshold: 4300 } });
/** See `ruleRequest`. */
export type RuleRequest = z.output<typeof ruleRequest>;

/** A `PATCH` changes what it names; null is a value of those that can be null. */
export const rulePatch = z
  .strictObject({
    ...instrumentBody,
    ruleType: z.enum(RULE_TYPES).optional(),
    condition: z.enum(CONDITIONS).optional(),
    threshold: z.number().optional(),
    timeWindowSeconds: timeWindowSeconds.optional(),
    movingAveragePeriod: movingAveragePeriod.optional(),
    cooldownSeconds: cooldownSeconds.optional(),
    active: z.boolean().optional(),
  })
  .refine(notBoth, NOT_BOTH)
  .meta({ id: 'AlertRulePatch', example: { active: false } });
/** See `rulePatch`. */
export type RulePatch = z.output<typeof rulePatch>;

/** Many rules at once. */
export const ruleList = z
  .strictObject({
    alertRules: z
      .array(
        z
          .strictObject({ name: ruleName, ...ruleValues })
          .refine(hasInstrument, NEEDS_INSTRUMENT)
          .refine(notBoth, NOT_BOTH)
          .meta({ id: 'NamedAlertRule' }),
      )
      .min(1)
      .max(MAX_REFERENCE_ITEMS),
  })
  .meta({
    id: 'AlertRuleList',
    example: { alertRules: [{ name: 'es-above-4300', symbol: 'ES', condition: 'above', threshold: 4300 }] },
  });
/** See `ruleList`. */
export type RuleList = z.output<typeof ruleList>;

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
