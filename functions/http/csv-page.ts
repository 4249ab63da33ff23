/** Rows as CSV (RFC 4180): a header line with the fields' names, then one line per row. Null is an empty cell. */

/** A cell with one of these is quoted. */
const SPECIAL = /[",\r\n]/;

/** One line. Cells are text, numbers, booleans or null. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(cellOf).join(',')}\n`;

function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
