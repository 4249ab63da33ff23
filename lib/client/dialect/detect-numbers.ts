/** How a file writes its numbers. */
export interface NumberStyle {
  readonly decimalSeparator: '.' | ',';
  /** Absent if thousands are not separated. */
  readonly thousandsSeparator?: ',' | '.' | ' ' | "'";
  /** Whether numbers end in K, M, B, T or %. */
  readonly suffixes: boolean;
}

/** How vendors write a missing value. */
const NULLS = new Set(['n/a', 'na', '#n/a', 'null', 'none', 'nan', 'nil', '-', '--', '.', '\\n', '?', 'n.a.']);

export const isNullWord = (cell: string): boolean => NULLS.has(cell.toLowerCase());

export const PLAIN: NumberStyle = { decimalSeparator: '.', suffixes: false };
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const SUFFIX = /[KMBT%]$/i;
const WITH_SUFFIX = /^[+-]?[\d.,]*\d[KMBT%]$/i;

/** Whether a cell is a number in a style. */
export function isNumber(cell: string, style: NumberStyle): boolean {
  return numberOf(cell, style) !== undefined;
}

/** A cell's number, or undefined if it is not one. */
export function numberOf(
  cell: string,
  { decimalSeparator, thousandsSeparator, suffixes }: NumberStyle,
): number | undefined {
  const suffix = suffixes ? (SUFFIX.exec(cell)?.[0] ?? '') : '';
  let digits = cell.slice(0, cell.length - suffix.length);
  if (thousandsSeparator !== undefined && hasThousands(digits, thousandsSeparator, decimalSeparator))
    digits = digits.replaceAll(thousandsSeparator, '');
  if (decimalSeparator === ',') digits = digits.includes('.') ? 'x' : digits.replace(',', '.');
  if (!NUMBER.test(digits)) return undefined;
  return Number(digits) * multiplierOf(suffix.toUpperCase());
}

const multiplierOf = (suffix: string): number => ({ K: 1e3, M: 1e6, B: 1e9, T: 1e12, '%': 0.01 })[suffix] ?? 1;

/** Whether thousands are groups of three, before any decimals. */
function hasThousands(digits: string, thousands: string, decimal: string): boolean {
  if (!digits.includes(thousands)) return false;
  const [whole = ''] = digits.split(decimal);
  const [first = '', ...groups] = whole.split(thousands);
  return /^[+-]?\d{1,3}$/.test(first) && groups.length > 0 && groups.every((group) => /^\d{3}$/.test(group));
}

const STYLES: readonly NumberStyle[] = [
  PLAIN,
  { decimalSeparator: '.', thousandsSeparator: ',', suffixes: false },
  { decimalSeparator: ',', suffixes: false },
  { decimalSeparator: ',', thousandsSeparator: '.', suffixes: false },
  { decimalSeparator: ',', thousandsSeparator: ' ', suffixes: false },
  { decimalSeparator: '.', thousandsSeparator: ' ', suffixes: false },
  { decimalSeparator: '.', thousandsSeparator: "'", suffixes: false },
];

/**
 * The style that reads most of a file's cells as numbers; among equals the plainest. `1,234` alone is either one
 * thousand two hundred and thirty-four, or 1.234: then `isAmbiguous`.
 */
export function detectNumbers(cells: readonly string[]): { style: NumberStyle; isAmbiguous: boolean } {
  if (cells.every((cell) => NUMBER.test(cell))) return { style: PLAIN, isAmbiguous: false };
  const suffixes = cells.some((cell) => WITH_SUFFIX.test(cell));
  const counts = STYLES.map((style) => ({ ...style, suffixes })).map((style) => ({
    style,
    read: cells.filter((cell) => isNumber(cell, style)).length,
  }));
  const most = Math.max(...counts.map(({ read }) => read));
  const best = counts.filter(({ read }) => read === most).map(({ style }) => style);
  const [first = PLAIN] = best;
  const isAmbiguous =
    first.thousandsSeparator === ',' && best.some(({ decimalSeparator }) => decimalSeparator === ',') && most > 0;
  return { style: first, isAmbiguous };
}
