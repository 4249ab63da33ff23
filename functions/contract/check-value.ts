import * as z from 'zod/mini';
import { NumberText, TOO_SMALL } from './epoch.ts';
import { edits, nearestOf } from './nearest.ts';
import type { FieldError } from './problem.ts';

/** A value that its schema takes, or what is wrong with it: never zod's own words, and never a value of the client's. */
export type Checked<S extends z.ZodMiniType> =
  | { readonly value: z.output<S> }
  | { readonly errors: readonly FieldError[] };

/**
 * Checks a value against its schema. Every problem with a request's parameters and JSON body comes from here, and every
 * fault of what a function reads when it starts.
 */
export function checkValue<S extends z.ZodMiniType>(schema: S, value: unknown): Checked<S> {
  const result = schema.safeParse(value, { error: explainIssue });
  if (result.success) return { value: result.data };
  const errors = result.error.issues.flatMap(fieldErrors);
  // a number that is out of one range is often out of another with the same bound
  return { errors: errors.filter((error, place) => errors.findIndex((one) => isSame(one, error)) === place) };
}

/** Errors in one line: `path: message; path: message`. */
export const listErrors = (errors: readonly FieldError[]): string =>
  errors.map(({ path, message }) => `${path || 'it'}: ${message}`).join('; ');

const isSame = (a: FieldError, b: FieldError) => a.path === b.path && a.message === b.message;

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, code: issue.code, message: issue.message }];
  const known = issue.message.split(' ');
  return issue.keys.map((key) => ({
    path: path === '' ? key : `${path}.${key}`,
    code: 'unknown_field',
    message: explainUnknown(key, known),
  }));
}

/** Longer names are not compared: no field has one. */
const MAX_NAME = 40;

/** What a name that nothing has may have been meant to be. */
function explainUnknown(name: string, known: readonly string[]): string {
  if (known[0] === '') return 'unknown field; none are taken here';
  const wanted = nearName(name, known);
  return wanted === undefined
    ? `unknown field; those that are taken here are ${listOf(known, 'and')}`
    : `unknown field; did you mean ${wanted}?`;
}

/** A name that contains the wrong one or is part of it, or else differs from it in a third of its characters at most. */
function nearName(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME) return undefined;
  const wrong = name.toLowerCase();
  const part = known.find((one) => wrong.length > 2 && one.toLowerCase().includes(wrong));
  if (part !== undefined) return part;
  const nearest = nearestOf(wrong, known);
  const isNear = edits(wrong, nearest.toLowerCase()) <= Math.floor(Math.min(wrong.length, nearest.length) / 3);
  return isNear || wrong.startsWith(nearest.toLowerCase()) ? nearest : undefined;
}

type RawIssue = z.core.$ZodRawIssue;

/** One sentence for an issue, which follows the field's path. Texts that a schema gives itself come before these. */
function explainIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(String(issue['expected']), issue.input);
    case 'too_small':
      return explainBound(issue, 'least', Number(issue['minimum']));
    case 'too_big':
      return explainBound(issue, 'most', Number(issue['maximum']));
    case 'invalid_value':
      return `must be ${listOf((issue['values'] as unknown[]).map(String), 'or')}`;
    case 'unrecognized_keys':
      // becomes one message per key
      return namesOf(issue.inst).join(' ');
    default:
      return 'is not in a form that is taken here';
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
};

function explainType(expected: string, input: unknown): string {
  if (input === undefined) return 'is required';
  if (input instanceof NumberText) return TOO_SMALL;
  const wanted = TYPES[expected] ?? expected;
  const isQuoted = typeof input === 'string' && ['number', 'int', 'boolean'].includes(expected);
  if (isQuoted) return `must be ${wanted}, without quotation marks`;
  if (expected === 'string' && typeof input === 'number') return 'must be text, in quotation marks';
  if (typeof input === 'number' && !Number.isFinite(input)) return 'must be a finite number';
  if (expected === 'int' && typeof input === 'number') return 'must be a whole number';
  return `must be ${wanted}, not ${kindOf(input)}`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  return (
    { string: 'text', boolean: 'true or false', object: 'an object' }[typeof input as string] ?? `a ${typeof input}`
  );
}

/** What a bound counts; of a number it is the number. */
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
};

function explainBound(issue: RawIssue, side: 'least' | 'most', bound: number): string {
  const unit = UNITS[String(issue['origin'])];
  if (unit === undefined) return `must be at ${side} ${bound}`;
  const found = (issue.input as { length?: number } | undefined)?.length ?? 0;
  if (side === 'least' && bound === 1) return 'must not be empty';
  return `must have at ${side} ${bound} ${unit[bound === 1 ? 0 : 1]}, and has ${found}`;
}

/** The names that an object schema takes. */
function namesOf(schema: unknown): string[] {
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];
}

/** `a, b or c`. */
function listOf(items: readonly string[], word: 'and' | 'or'): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${word} ${last}`;
}
