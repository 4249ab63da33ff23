import type { Field, FieldValue, FieldValues } from '../contract/fields.ts';

/** The columns of a record's fields, as a row of a query has them. */
export type FieldColumns<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['column']]: FieldValue<F>;
};

/** The same where doubles may be Postgres' text: of a statement with `doublesAsText`. */
export type TextColumns<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['column']]: FieldValue<F> | (F['kind'] extends 'number' ? string : never);
};

/**
 * The fields of a row, by their names, in the order of the fields.
 * @param priceDecimals what fields that are prices are rounded to; undefined leaves them as they are stored
 */
export function fieldValues<const Fields extends readonly Field[]>(
  fields: Fields,
  row: FieldColumns<Fields>,
  priceDecimals?: number,
): FieldValues<Fields> {
  const columns = row as Readonly<Record<string, unknown>>;
  const values: Record<string, unknown> = {};
  for (const { name, column, rounded } of fields as readonly Field[]) {
    const value = columns[column];
    values[name] =
      rounded && priceDecimals !== undefined && typeof value === 'number' ? roundPrice(value, priceDecimals) : value;
  }
  return values as FieldValues<Fields>;
}

/** Powers of ten that are so small that a price times one is mostly an exact integer. */
const POWERS = Array.from({ length: 9 }, (_, decimals) => 10 ** decimals);

/**
 * Rounds to decimals; at 2^53 and beyond a double has none to round. What is not zero is never shown as zero: a price below the last
 * decimal keeps six significant digits.
 */
export function roundPrice(value: number, decimals: number): number {
  if (Math.abs(value) >= Number.MAX_SAFE_INTEGER) return value;
  // most prices have no more decimals: a quotient of two exact numbers is the double of that decimal, and rounds to itself
  const power = POWERS[decimals];
  if (power !== undefined && value !== 0 && Math.round(value * power) / power === value) return value;
  const rounded = Number(value.toFixed(decimals));
  return rounded === 0 && value !== 0 ? Number(value.toPrecision(6)) : rounded;
}
