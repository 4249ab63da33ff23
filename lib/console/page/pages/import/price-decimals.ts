import type { DialectParameters } from '../../../../client/dialect/dialect.ts';
import { previewRows } from '../../../../client/dialect/preview.ts';

const PRICES = ['price', 'openPrice', 'highPrice', 'lowPrice', 'bid', 'ask'];
const ROWS = 200;
/** The default for an instrument whose file does not show it. */
const DEFAULT_DECIMALS = 4;
const MOST_DECIMALS = 12;

/** The number of decimals of the prices in a file, for the instrument that is created with it. */
export function priceDecimals(sample: string, parameters: DialectParameters): number {
  const decimals = rowsOf(sample, parameters).flatMap(({ record }) =>
    PRICES.flatMap((field) => {
      const value = record[field];
      return typeof value === 'number' ? [decimalsOf(value)] : [];
    }),
  );
  return decimals.length === 0 ? DEFAULT_DECIMALS : Math.min(Math.max(...decimals), MOST_DECIMALS);
}

/** `1e-8` has eight decimals. */
function decimalsOf(value: number): number {
  const [, digits = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e(-?\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, digits.length - Number(exponent));
}

function rowsOf(sample: string, parameters: DialectParameters) {
  try {
    return previewRows(sample, parameters, ROWS);
  } catch {
    return [];
  }
}
