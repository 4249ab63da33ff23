import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBudget, MAX_JSON_VALUES, parseJson } from '../../functions/contract/json.ts';
import { Problem } from '../../functions/contract/problem.ts';

/** The code of the problem that parsing ends in. */
function codeOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'parsed';
}

test('whatever JSON.stringify writes is read unchanged', () => {
  const text = fc.json().filter((json) => !json.includes('"__proto__":'));
  fc.assert(
    fc.property(text, (json) => {
      expect(parseJson(json)).toEqual(JSON.parse(json));
    }),
  );
});

test('white space, escapes and punctuation inside strings are not keys', () => {
  expect(parseJson(' {\n"a:b" : ":,{[\\"\\\\", "c":\t["x:y", "\\u003a"] } ')).toEqual({
    'a:b': ':,{["\\',
    c: ['x:y', ':'],
  });
});

describe('a duplicate key is refused, however it is written', () => {
  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":2,"c":3}}',
    '[{"a":1},{"b":1,"b":2}]',
    '{"a":1,"\\u0061":2}',
    '{"records":[],"records":[]}',
    '{"":1,"":2}',
    '{"a":{"x":1},"a":2}',
    '{"a\\"":1,"a\\u0022":2}',
  ])('%s', (text) => expect(codeOf(text)).toBe('duplicate_key'));
});

test('the same key in two objects is not a duplicate', () => expect(codeOf('[{"a":1},{"a":{"a":2}}]')).toBe('parsed'));

describe('__proto__ is refused at any depth, and pollutes nothing', () => {
  test.each(['{"__proto__":{"polluted":1}}', '[[{"a":{"__proto__":null}}]]', '{"\\u005f_proto__":1}'])('%s', (text) => {
    expect(codeOf(text)).toBe('forbidden_key');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
  test('__proto__ as a value is a normal text', () => expect(parseJson('["__proto__"]')).toEqual(['__proto__']));
  test('constructor and similar names are normal keys', () =>
    expect(codeOf('{"constructor":1,"toString":2,"hasOwnProperty":3}')).toBe('parsed'));
});

describe('what is not JSON is malformed', () => {
  test.each([
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":1,}',
    "{'a':1}",
    '[1,]',
    'NaN',
    '{"a":Infinity}',
    '1e',
    '"',
    '"\\',
    '"\n"',
    '{}{}',
    '\uFEFF{}',
    '01',
    '// a\n{}',
  ])('%j', (text) => expect(codeOf(text)).toBe('malformed_body'));
});

test('any text is either read or refused', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '"a"', '1', 'null', ' ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((parts) => parts.join('')),
      ),
      (text) => {
        expect(['parsed', 'malformed_body', 'duplicate_key', 'forbidden_key']).toContain(codeOf(text));
      },
    ),
    { numRuns: 500 },
  );
});

test('deep nesting is read without recursion', () => {
  const depth = 500_000;
  expect(codeOf('['.repeat(depth) + ']'.repeat(depth))).toBe('parsed');
});

test('more values than any batch needs are refused before they take memory', () => {
  expect(codeOf(`[${'0,'.repeat(MAX_JSON_VALUES - 2)}0]`)).toBe('parsed');
  expect(codeOf(`[${'{},'.repeat(MAX_JSON_VALUES / 2)}0]`)).toBe('body_too_large');
  expect(codeOf('['.repeat(MAX_JSON_VALUES + 1))).toBe('body_too_large');
});

test('the lines of one body share one limit', () => {
  const budget = jsonBudget();
  budget.values = 5;
  expect(parseJson('{"a":1,"b":2}', { where: 'line 1', budget: budget })).toEqual({ a: 1, b: 2 });
  expect(parseJson('[1,2]', { where: 'line 2', budget: budget })).toEqual([1, 2]);
  expect(() => parseJson('[1,2]', { where: 'line 3', budget: budget })).toThrow('JSON values');
});

describe('a duplicate key is detected, however it is written', () => {
  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"a" :2}',
    '{"a" :1,"a":2}',
    '{"a":1,"a"\n:2}',
    '{"a":1,"a"\t:":x"}',
    '{"a":":","a" :1}',
    '{"a":":x","b":{"c":1,"c":2}}',
    '{"a":1,"\\u0061":2}',
    '{"a":"\\":","a" :2}',
  ])('%j', (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'duplicate_key' }));
  });

  test.each(['{"a":":x","b":":"}', '{"a" :1,"b":2}', '{"a":"\\":","b":":"}', '[":",":",{"a":1}]'])(
    '%j has no duplicate',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );
});
