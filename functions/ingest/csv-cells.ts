import type { Dialect } from '../contract/dialect.ts';
import { isTooSmall, NumberText } from '../contract/epoch.ts';
import type { Field } from '../contract/fields.ts';

/**
 * Reads a cell of a column. A cell that is not of the column's type stays text, so its record is rejected with the
 * reason.
 */
export type CellReader = (cell: string) => unknown;

/** Numbers as in JSON, and also with a plus sign or a bare decimal point (`.5`, `5.`). */
export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Up to this many digits, different numbers become different doubles. */
export const EXACT_LENGTH = 15;

const SUFFIXES: Readonly<Record<string, number>> = { K: 3, M: 6, B: 9, T: 12, '%': -2 };

/** The nearest double of a number, or its text if that is zero and the number is not. */
function numberOf(text: string): number | NumberText {
  const value = Number(text);
  return isTooSmall(value, text) ? new NumberText(text) : value;
}

const textCell: CellReader = (cell) => cell;
const numberCell: CellReader = (cell) =>
  NUMBER.test(cell) || (cell.trim() !== cell && NUMBER.test(cell.trim())) ? numberOf(cell) : cell;
/** Keeps the text of a long number, because as a double it could become another time or another integer. */
const exactCell: CellReader = (cell) => {
  if (!NUMBER.test(cell)) return cell;
  return cell.length <= EXACT_LENGTH ? numberOf(cell) : new NumberText(cell);
};

/** Readers for the kinds of columns, in a dialect. */
export function cellReaders(dialect: Dialect): Record<Field['kind'], CellReader> {
  const plain = plainNumberOf(dialect);
  const inDialect = (read: CellReader): CellReader =>
    plain === undefined
      ? read
      : (cell) => {
          const text = plain(cell.trim());
          const value = text === undefined ? cell : read(text);
          return typeof value === 'string' ? cell : value;
        };
  return {
    number: inDialect(dialect.suffixes ? suffixedCell : numberCell),
    integer: inDialect(exactCell),
    // a declared form of times may be digits alone
    timestamp: dialect.timeFormat ? textCell : exactCell,
    text: textCell,
    choice: textCell,
  };
}

/**
 * `321.45K` is 321450 and `5%` is 0.05. The decimal point is moved in the text, because a multiplication would round.
 */
const suffixedCell: CellReader = (cell) => {
  const places = SUFFIXES[cell.slice(-1).toUpperCase()];
  if (places === undefined) return numberCell(cell);
  const number = cell.slice(0, -1).trimEnd();
  return NUMBER.test(number) && !/e/i.test(number) ? numberOf(`${number}e${places}`) : cell;
};

/**
 * Converts a number with the dialect's separators to a plain one. Returns undefined for a text whose digits are not
 * grouped by threes or, in the Indian style, by twos before the last three. There is no function if the dialect has no
 * separators.
 */
function plainNumberOf({
  decimalSeparator,
  thousandsSeparator,
}: Dialect): ((text: string) => string | undefined) | undefined {
  if (decimalSeparator === '.' && thousandsSeparator === undefined) return undefined;
  const point = decimalSeparator === '.' ? '\\.' : ',';
  const group = thousandsSeparator === ' ' ? '[ \\u00A0\\u202F]' : thousandsSeparator?.replace('.', '\\.');
  const whole = group === undefined ? '\\d*' : `(?:\\d*|\\d{1,3}(?:${group}\\d{2,3})*${group}\\d{3})`;
  const form = new RegExp(`^([+-]?${whole})(?:${point}(\\d*))?([eE][+-]?\\d+|[KMBTkmbt%]| [KMBTkmbt%])?$`);
  const groups = new RegExp(group ?? '$^', 'g');
  return (text) => {
    const match = form.exec(text);
    if (match === null) return undefined;
    const [, digits = '', decimals, end = ''] = match;
    return `${digits.replace(groups, '')}${decimals === undefined ? '' : `.${decimals}`}${end}`;
  };
}

const NO_VALUE = /^([+-]?(nan|inf|infinity)|n\/?a|#n\/a|null|none|nil|-+|\\n|1\.#\w+|\?)$/i;

/** Describes a non-numeric cell and the parameter that would read it. Empty if unknown. */
export function explainCell(cell: string): string {
  if (NO_VALUE.test(cell)) return `: send nullValues=${cell} if it stands for no value`;
  if (/^[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?$/.test(cell))
    return ': send thousandsSeparator=, if its commas group thousands';
  if (/^[+-]?\d+,\d*$/.test(cell)) return ': send decimalSeparator=, if its comma separates decimals';
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d*$/.test(cell)) return ': send decimalSeparator=, and thousandsSeparator=.';
  if (/^[+-]?\d{1,3}([ '’\u00A0\u202F]\d{3})+([.,]\d*)?$/.test(cell))
    return ': send thousandsSeparator, the character between its groups';
  if (/\d ?[KMBT%]$/i.test(cell)) return ': send suffixes=true';
  if (/^0x/i.test(cell)) return ', and not hexadecimal';
  if (/^[^\d+-.\s]\s?\d|\d\s?[$€£¥]$/.test(cell)) return ' without a currency sign';
  return /\p{Nd}/u.test(cell.replace(/\d/g, '')) ? ', in the digits 0 to 9' : '';
}
