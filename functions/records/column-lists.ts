import { columnTypeOf, type Field } from '../contract/fields.ts';

/** Lists for SQL, each in the order of the fields, which is also the order of a batch's values. */

/** Items per line, so that a statement stays readable in psql. */
const PER_LINE = 5;

function list(items: readonly string[]): string {
  const lines: string[] = [];
  for (let from = 0; from < items.length; from += PER_LINE) lines.push(items.slice(from, from + PER_LINE).join(', '));
  return lines.join(',\n       ');
}

/**
 * The columns of the fields: `m.price, m.volume`.
 * @param alias the table's alias, if the columns need one
 */
export const columnList = (fields: readonly Field[], alias?: string): string =>
  list(fields.map(({ column }) => (alias === undefined ? column : `${alias}.${column}`)));

/** One array per field, as columns of rows: `unnest($6::float8[]), unnest($7::float8[])`. Placeholders start at `first`. */
export const unnestList = (fields: readonly Field[], first: number): string =>
  list(fields.map((field, at) => `unnest($${first + at}::${columnTypeOf(field)}[])`));

/** The arrays themselves, as arguments: `$19::float8[], $20::float8[]`. */
export const arrayList = (fields: readonly Field[], first: number): string =>
  list(fields.map((field, at) => `$${first + at}::${columnTypeOf(field)}[]`));

/** `unnestList` with names: `unnest($6::float8[]) as price`. */
export const namedUnnestList = (fields: readonly Field[], first: number): string =>
  list(fields.map((field, at) => `unnest($${first + at}::${columnTypeOf(field)}[]) as ${field.column}`));
