import type { Field, FieldValue, FieldValues } from '../contract/fields.ts';

/** The columns of a record's fields in a row of a query. */
export type FieldColumns<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['column']]: FieldValue<F>;
};

/** The same for a statement with `doublesAsText`, where doubles may be Postgres' text. */
export type TextColumns<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['column']]: FieldValue<F> | (F['kind'] extends 'number' ? string : never);
};

/**
 * A row's values by field name, in the order of the fields.
 * @param priceDecimals how many decimals to round prices to; undefined returns them as stored
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

/** Powers of ten that are small enough for a price times one of them to be an exact integer, mostly. */
const POWERS = Array.from({ length: 9 }, (_, decimals) => 10 ** decimals);

/**
 * Rounds a price to decimals. From 2^53 on, a double has no decimals to round. A price that is not zero never becomes zero: one
 * that is smaller than the last decimal keeps six significant digits.
 */
export function roundPrice(value: number, decimals: number): number {
  if (Math.abs(value) >= Number.MAX_SAFE_INTEGER) return value;
  // a shortcut for most prices, which have no more decimals: the quotient of two exact numbers is the double nearest to that
  // decimal, which rounding would not change
  const power = POWERS[decimals];
  if (power !== undefined && value !== 0 && Math.round(value * power) / power === value) return value;
  const rounded = Number(value.toFixed(decimals));
  return rounded === 0 && value !== 0 ? Number(value.toPrecision(6)) : rounded;
}
