import type { Field, FieldValue, FieldValues } from '../contract/fields.ts';

/** The columns of a record's fields, as a row of a query has them. */
export type FieldColumns<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['column']]: FieldValue<F>;
};

/**
 * The fields of a row, by their names, in the order of the fields.
 * @param priceDecimals decimals that prices are rounded to
 */
export function fieldValues<const Fields extends readonly Field[]>(
  fields: Fields,
  row: FieldColumns<Fields>,
  priceDecimals = 0,
): FieldValues<Fields> {
  const columns = row as Readonly<Record<string, unknown>>;
  const values: Record<string, unknown> = {};
  for (const { name, column, rounded } of fields as readonly Field[]) {
    const value = columns[column];
    values[name] = rounded && typeof value === 'number' ? roundPrice(value, priceDecimals) : value;
  }
  return values as FieldValues<Fields>;
}

/** Rounds to decimals; at 2^53 and beyond a double has none to round. */
export function roundPrice(value: number, decimals: number): number {
  return Math.abs(value) >= Number.MAX_SAFE_INTEGER ? value : Number(value.toFixed(decimals));
}
