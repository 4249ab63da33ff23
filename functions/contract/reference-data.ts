import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { id, ruleName, symbol, text, timestamp } from './fields.ts';
import { instrumentBody, NOT_BOTH, notBoth } from './parameters.ts';

const instrumentFields = {
  name: documented(text(1, 100), forDocument({ example: 'E-mini S&P 500' })),
  type: documented(
    z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,29}$/, 'must be a lowercase word')),
    forDocument({
      description: 'Such as future, index, internal, crypto, forex or equity.',
      example: 'future',
    }),
  ),
  status: z.enum(['active', 'inactive', 'error']),
  priceDecimals: documented(
    z.int().check(z.minimum(0), z.maximum(12)),
    forDocument({
      description: 'Decimals of prices in responses. Stored values are not rounded.',
    }),
  ),
};

/** The most instruments or rules that one request may write. */
export const MAX_REFERENCE_ITEMS = 10_000;

const instrumentValues = {
  name: documented(z.optional(instrumentFields.name), forDocument({ description: 'Defaults to the symbol.' })),
  type: z._default(instrumentFields.type, 'other'),
  status: z._default(instrumentFields.status, 'active'),
  priceDecimals: z._default(instrumentFields.priceDecimals, 4),
};

/** A `PUT` replaces an instrument: omitted fields reset to their defaults. */
export const instrumentRequest = documented(
  z.strictObject(instrumentValues),
  forDocument({
    id: 'InstrumentRequest',
    example: { name: 'Bitcoin perpetual', type: 'crypto', priceDecimals: 1 },
  }),
);
/** See `instrumentRequest`. */
export type InstrumentRequest = z.output<typeof instrumentRequest>;

/** A `PATCH` changes what it names. */
export const instrumentPatch = documented(
  z.strictObject({
    name: z.optional(instrumentFields.name),
    type: z.optional(instrumentFields.type),
    status: z.optional(instrumentFields.status),
    priceDecimals: z.optional(instrumentFields.priceDecimals),
  }),
  forDocument({ id: 'InstrumentPatch', example: { status: 'inactive' } }),
);
/** See `instrumentPatch`. */
export type InstrumentPatch = z.output<typeof instrumentPatch>;

/** Many instruments at once. */
export const instrumentList = documented(
  z.strictObject({
    instruments: z
      .array(documented(z.strictObject({ symbol, ...instrumentValues }), forDocument({ id: 'NamedInstrument' })))
      .check(z.minLength(1), z.maxLength(MAX_REFERENCE_ITEMS)),
  }),
  forDocument({ id: 'InstrumentList', example: { instruments: [{ symbol: 'ES', type: 'future', priceDecimals: 2 }] } }),
);
/** See `instrumentList`. */
export type InstrumentList = z.output<typeof instrumentList>;

/** A stored instrument, as responses show it. */
export const instrument = documented(
  z.object({ id, symbol, ...instrumentFields, createdAt: timestamp, updatedAt: timestamp }),
  forDocument({ id: 'Instrument' }),
);
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

// bounds are the original's
const timeWindowSeconds = z.nullable(z.int().check(z.minimum(1), z.maximum(3600)));
const movingAveragePeriod = z.nullable(z.int().check(z.minimum(1), z.maximum(1000)));
const cooldownSeconds = z.int().check(z.minimum(0), z.maximum(3600));
const ruleValues = {
  ...instrumentBody,
  ruleType: z._default(z.enum(RULE_TYPES), 'threshold'),
  condition: z.enum(CONDITIONS),
  threshold: z.number(),
  timeWindowSeconds: z._default(timeWindowSeconds, null),
  movingAveragePeriod: z._default(movingAveragePeriod, null),
  cooldownSeconds: z._default(cooldownSeconds, 60),
  active: z._default(z.boolean(), true),
};
const NEEDS_INSTRUMENT = 'needs instrumentId or symbol';
const hasInstrument = (value: { instrumentId?: number | undefined; symbol?: string | undefined }) =>
  value.instrumentId !== undefined || value.symbol !== undefined;

/** A `PUT` replaces a rule: omitted fields reset to their defaults. */
export const ruleRequest = documented(
  z.strictObject(ruleValues).check(z.refine(hasInstrument, NEEDS_INSTRUMENT), z.refine(notBoth, NOT_BOTH)),
  forDocument({ id: 'AlertRuleRequest', example: { symbol: 'ES', condition: 'above', threshold: 4300 } }),
);
/** See `ruleRequest`. */
export type RuleRequest = z.output<typeof ruleRequest>;

/** A `PATCH` changes what it names; null is a value of those that can be null. */
export const rulePatch = documented(
  z
    .strictObject({
      ...instrumentBody,
      ruleType: z.optional(z.enum(RULE_TYPES)),
      condition: z.optional(z.enum(CONDITIONS)),
      threshold: z.optional(z.number()),
      timeWindowSeconds: z.optional(timeWindowSeconds),
      movingAveragePeriod: z.optional(movingAveragePeriod),
      cooldownSeconds: z.optional(cooldownSeconds),
      active: z.optional(z.boolean()),
    })
    .check(z.refine(notBoth, NOT_BOTH)),
  forDocument({ id: 'AlertRulePatch', example: { active: false } }),
);
/** See `rulePatch`. */
export type RulePatch = z.output<typeof rulePatch>;

/** Many rules at once. */
export const ruleList = documented(
  z.strictObject({
    alertRules: z
      .array(
        documented(
          z
            .strictObject({ name: ruleName, ...ruleValues })
            .check(z.refine(hasInstrument, NEEDS_INSTRUMENT), z.refine(notBoth, NOT_BOTH)),
          forDocument({ id: 'NamedAlertRule' }),
        ),
      )
      .check(z.minLength(1), z.maxLength(MAX_REFERENCE_ITEMS)),
  }),
  forDocument({
    id: 'AlertRuleList',
    example: { alertRules: [{ name: 'es-above-4300', symbol: 'ES', condition: 'above', threshold: 4300 }] },
  }),
);
/** See `ruleList`. */
export type RuleList = z.output<typeof ruleList>;

/** A stored alert rule, as responses show it. */
export const rule = documented(
  z.object({
    id,
    name: ruleName,
    instrumentId: id,
    symbol,
    ruleType: z.enum(RULE_TYPES),
    condition: z.enum(CONDITIONS),
    threshold: z.number(),
    timeWindowSeconds: z.nullable(z.int()),
    movingAveragePeriod: z.nullable(z.int()),
    cooldownSeconds: z.int(),
    active: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  }),
  forDocument({ id: 'AlertRule' }),
);
/** See `rule`. */
export type Rule = z.output<typeof rule>;
