import { expect, test } from 'vitest';
import { typeParsers } from '../../functions/database/drivers/postgres/type-parsers.ts';

const parse = (oid: number, text: string) => typeParsers.getTypeParser(oid, 'text')(text);

test.each([
  ['bool', 16, 'f', false],
  ['bytea', 17, '\\x00ff', Buffer.from([0, 255])],
  ['int8', 20, '9007199254740991', 9_007_199_254_740_991],
  ['float8 that is not a number', 701, 'NaN', Number.NaN],
  ['float8 without a bound', 701, '-Infinity', Number.NEGATIVE_INFINITY],
  ['jsonb', 3802, '{"a": [1.5, null]}', { a: [1.5, null] }],
  ['an empty array', 1007, '{}', []],
  ['int4[]', 1007, '{1,NULL,-3}', [1, null, -3]],
  ['text[]', 1009, String.raw`{a,"b,{c}","d\"\\","NULL","",NULL}`, ['a', 'b,{c}', 'd"\\', 'NULL', '', null]],
  ['text[] with a line break', 1009, '{"a\nb"}', ['a\nb']],
  ['numeric, which fits no number', 1700, '1.50', '1.50'],
  ['a type that the port does not promise', 1186, '1 day', '1 day'],
])('%s', (_type, oid, text, value) => {
  expect(parse(oid, text)).toEqual(value);
});
