import { isoTimestamp } from '../iso-timestamp.ts';

type Parser = (value: string) => unknown;

/** Parsers by type id, in the form that `pg` and Neon's client expect. */
export interface TypeParsers {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parser;
}

const asText: Parser = (value) => value;
const asJson: Parser = (value) => JSON.parse(value);
const asBytes: Parser = (value) => Buffer.from(value.slice(2), 'hex');

/** An item of an array literal: in quotation marks, or bare. */
const ITEM = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/gs;

/** An array of one dimension. */
const arrayOf =
  (item: Parser): Parser =>
  (literal) =>
    Array.from(literal.matchAll(ITEM), ([, quoted, bare = '']) => {
      if (quoted !== undefined) return item(quoted.replaceAll(/\\(.)/gs, '$1'));
      return bare === 'NULL' ? null : item(bare);
    });

/** Parsers by the id of a type in `pg_type`. */
const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [16, (value) => value === 't'], // bool
  [17, asBytes], // bytea
  [20, Number], // int8: ids fit a number (2^53)
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [114, asJson], // json
  [700, Number], // float4
  [701, Number], // float8
  [1007, arrayOf(Number)], // int4[]
  [1009, arrayOf(asText)], // text[]
  [1016, arrayOf(Number)], // int8[]
  [1022, arrayOf(Number)], // float8[]
  [1184, isoTimestamp], // timestamptz: with its microseconds
  [3802, asJson], // jsonb
]);

/**
 * How values are parsed, so that every backend returns the same values. The list has all types that the port supports. A
 * value of another type stays the text that Postgres sent. The clients' own parsers for intervals, points and similar types
 * are not bundled.
 */
export const typeParsers: TypeParsers = { getTypeParser: (oid) => PARSERS.get(oid) ?? asText };

/** Every column as text. */
export const textOnly: TypeParsers = { getTypeParser: () => asText };

const FLOAT8 = 701;

/** Like `typeParsers`, but doubles stay text. */
export const textParsers: TypeParsers = {
  getTypeParser: (oid) => (oid === FLOAT8 ? asText : typeParsers.getTypeParser(oid)),
};
