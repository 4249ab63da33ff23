import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { checkValue } from '../../functions/contract/check-value.ts';
import { parseJson } from '../../functions/contract/json.ts';
import type { Route } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';

/** What is wrong with a request is said in plain sentences, never in zod's own words. */

const table = Object.entries(routes) as [string, Route][];

const ZOD =
  /invalid (input|option|string|number|key|element|union)|too (small|big)|unrecognized|\b(expected|received)\b|[<>]=/i;

const errorsOf = (schema: z.ZodMiniType, value: unknown) => {
  const checked = checkValue(schema, value);
  return 'errors' in checked ? checked.errors : [];
};

/** Texts that are wrong for some parameter or other. */
const TEXTS = ['', ' ', 'x', '-1', '0', '1.5', '99999999999999999999', 'null', '[]', ',', '\0', 'é', 'x'.repeat(5000)];
/** JSON values that are wrong for some field or other. */
const VALUES = [
  ...[undefined, null, true, 0, -1, 1.5, 1e300, Number.POSITIVE_INFINITY],
  ...TEXTS,
  ...[
    [],
    [null],
    [[]],
    [[2, 1]],
    ['x'],
    [1.5],
    [true],
    [{}],
    Array(10_001).fill('x'),
    {},
    { x: 1 },
    { start: 1, end: [] },
  ],
];

/** The fields of an object schema, those of its lists' items included. */
function fieldsOf(schema: z.ZodMiniType): [string, z.ZodMiniType][] {
  if (schema instanceof z.core.$ZodOptional || schema instanceof z.core.$ZodDefault)
    return fieldsOf(schema._zod.def.innerType as z.ZodMiniType);
  return schema instanceof z.core.$ZodObject
    ? Object.entries(schema._zod.def.shape as Record<string, z.ZodMiniType>)
    : [];
}

describe.each(table)('%s', (_, route) => {
  const parts: [string, z.ZodMiniType, readonly unknown[]][] = [
    ['path', route.params, TEXTS],
    ['query', route.query, TEXTS],
  ];
  if (route.body && 'json' in route.body) parts.push(['body', route.body.json, VALUES]);

  test.each(parts)('explains every wrong value of its %s', (part, schema, values) => {
    const given = fieldsOf(schema).flatMap(([name]) => values.map((value) => ({ [name]: value })));
    const nested = fieldsOf(schema).flatMap(([name, field]) =>
      fieldsOf(field).flatMap(([inner]) => values.map((value) => ({ [name]: { [inner]: value } }))),
    );
    const items = fieldsOf(schema).flatMap(([name, field]) =>
      field instanceof z.core.$ZodArray
        ? fieldsOf(field._zod.def.element as z.ZodMiniType).flatMap(([inner]) =>
            values.map((value) => ({ [name]: [{ [inner]: value }] })),
          )
        : [],
    );
    const whole = part === 'body' ? VALUES : [];
    for (const value of [...given, ...nested, ...items, ...whole, { unknown: '1' }])
      for (const { path, message } of errorsOf(schema, value)) {
        expect([path, message]).toEqual([path, expect.not.stringMatching(ZOD)]);
        expect(message).toMatch(/^(must|is|has|have|needs|names|give|unknown|of |stored|goes|only)\b/);
      }
    expect(errorsOf(schema, { unknown: '1' })).toContainEqual(
      expect.objectContaining({ path: 'unknown', code: 'unknown_field' }),
    );
  });
});

test.each([
  ['listInstruments', { search: '' }, 'search', 'must not be empty'],
  ['listInstruments', { search: 'x'.repeat(101) }, 'search', 'must have at most 100 characters, and has 101'],
  ['listInstruments', { limit: '0' }, 'limit', 'must be at least 1'],
  ['listMarketData', { order: 'up' }, 'order', 'must be desc or asc'],
  ['listInstruments', { limt: '1' }, 'limt', 'unknown field; did you mean limit?'],
  ['listMarketData', { Symbol: 'ES' }, 'Symbol', 'unknown field; did you mean symbol?'],
  ['listMarketData', { symbols: 'ES' }, 'symbols', 'unknown field; did you mean symbol?'],
  [
    'listInstruments',
    { colour: '1' },
    'colour',
    'unknown field; those that are taken here are search, limit and cursor',
  ],
  ['getConfig', { colour: '1' }, 'colour', 'unknown field; none are taken here'],
] as const)('%s with %j', (name, query, path, message) => {
  expect(errorsOf(routes[name].query, query)).toMatchObject([{ path, message }]);
});

test.each([
  ['putInstrument', { priceDecimals: '2' }, 'priceDecimals', 'must be a number, without quotation marks'],
  ['putInstrument', { priceDecimals: 1.5 }, 'priceDecimals', 'must be a whole number'],
  ['putInstrument', { decimals: 2 }, 'decimals', 'unknown field; did you mean priceDecimals?'],
  ['putInstrument', { name: 7 }, 'name', 'must be text, in quotation marks'],
  ['putInstruments', { instruments: {} }, 'instruments', 'must be a list, not an object'],
  ['putInstruments', { instruments: [{}] }, 'instruments.0.symbol', 'is required'],
  [
    'putAlertRule',
    { symbol: 'ES', condition: 'above', threshold: Number.POSITIVE_INFINITY },
    'threshold',
    'must be a finite number',
  ],
  [
    'putAlertRule',
    { symbol: 'ES', condition: 'above', threshold: parseJson('1e-400') },
    'threshold',
    'is too close to zero: the smallest number above zero is 5e-324',
  ],
  ['latestMarketDataOf', { symbols: Array(1001).fill('A') }, 'symbols', 'must have at most 1000 items, and has 1001'],
] as const)('%s with the body %j', (name, body, path, message) => {
  expect(errorsOf(routes[name].body.json, body)).toMatchObject([{ path, message }]);
});
