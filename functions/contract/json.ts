import { MAX_RECORDS } from './batches.ts';
import { isTooSmall, NumberText } from './epoch.ts';
import { explainJson } from './explain-json.ts';
import { Problem } from './problem.ts';

/**
 * The most values that the JSON of one body may hold: 65,536 records with every field have 983,040. A parsed value takes
 * up to 200 bytes, so without a limit 64 MiB of `{},` would take the execution environment's memory.
 */
export const MAX_JSON_VALUES = 16 * MAX_RECORDS;

/** How many more values may come. The lines of one body share it. */
export interface JsonBudget {
  values: number;
}

/** A new budget for the values of one body. */
export const jsonBudget = (): JsonBudget => ({ values: MAX_JSON_VALUES });

/** How a JSON text is read. */
export interface JsonOptions {
  /** What the text is, for messages. */
  readonly where?: string;
  readonly budget?: JsonBudget;
  /** Keys whose numbers become `NumberText` where a double may not hold all of their digits. Those that `isTooSmall` always do. */
  readonly exact?: readonly string[];
}

/**
 * Parses JSON, and rejects what `JSON.parse` accepts silently: a key that occurs twice in one object (the last would win)
 * and the key `__proto__`.
 * @throws Problem malformed_body, duplicate_key, forbidden_key, body_too_large
 */
export function parseJson(
  text: string,
  { where = 'the body', budget = jsonBudget(), exact = [] }: JsonOptions = {},
): unknown {
  const written = scan(text);
  budget.values -= written.values;
  if (budget.values < 0)
    throw new Problem(
      'body_too_large',
      `the body has ${MAX_JSON_VALUES - budget.values} JSON values or more, and at most ${MAX_JSON_VALUES} are allowed, which ${MAX_RECORDS} records never need`,
    );
  let value: unknown;
  try {
    const isExact = MAYBE_TOO_SMALL.test(text) || (exact.length > 0 && longNumbers(exact).test(text));
    value = isExact ? parseExactly(text, exact) : JSON.parse(text);
  } catch (cause) {
    throw new Problem('malformed_body', `${where} is not JSON${explainJson(text, cause)}`, { cause });
  }
  if (written.keys !== countKeys(value, where))
    throw new Problem('duplicate_key', `an object in ${where} names a key twice`);
  return value;
}

/** Finds the exponent, or the zeros, of a number that may be too small for a double. */
const MAYBE_TOO_SMALL = /[eE]-0*\d{3}|\.0{200}/;

/** The shortest text of a number that a double may not hold. */
const LONG = 16;

const expressions = new WeakMap<readonly string[], RegExp>();

/** Finds a long number, or one with an exponent, under one of the keys: most texts have none, and a reviver takes five times as long. */
function longNumbers(keys: readonly string[]): RegExp {
  const expression =
    expressions.get(keys) ?? new RegExp(`"(?:${keys.join('|')})"\\s*:\\s*-?(?:[\\d.]{${LONG}}|[\\d.]+[eE])`);
  expressions.set(keys, expression);
  return expression;
}

function parseExactly(text: string, keys: readonly string[]): unknown {
  const names = new Set(keys);
  const revive = (key: string, value: unknown, { source = '' }: { source?: string }) =>
    typeof value === 'number' && ((names.has(key) && source.length >= LONG) || isTooSmall(value, source))
      ? new NumberText(source)
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** The number of keys of all objects in a parsed value. Nesting is at most what JSON.parse itself allows. */
function countKeys(value: unknown, where: string): number {
  let keys = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object' && item !== null) open.push(item);
    } else if (typeof next === 'object' && next !== null && !(next instanceof NumberText)) {
      for (const key in next) {
        keys++;
        if (key === '__proto__') throw new Problem('forbidden_key', `an object in ${where} has the key __proto__`);
        const item = (next as Record<string, unknown>)[key];
        if (typeof item === 'object' && item !== null) open.push(item);
      }
    }
  }
  return keys;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BRACKET = 91;
const BACKSLASH = 92;
const BRACE = 123;

/**
 * What valid JSON says outside its strings: a colon for each key as written, and for each value a comma before it or the
 * opening of what it is the first of. Text that is not JSON gives some other numbers.
 */
function scan(text: string): { keys: number; values: number } {
  let keys = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    // digits, points and signs: most of what stands outside strings
    if (char > COMMA && char < COLON) continue;
    if (char === QUOTE) {
      i++;
      // past the end the code is NaN
      for (let inside = text.charCodeAt(i); inside !== QUOTE && inside >= 0; inside = text.charCodeAt(++i))
        if (inside === BACKSLASH) i++;
    } else if (char === COLON) keys++;
    else if (char === COMMA || char === BRACE || char === BRACKET) values++;
  }
  return { keys, values };
}
