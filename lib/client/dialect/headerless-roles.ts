import type { Role } from './column-roles.ts';

/** A column of a file without titles: its numbers, null for a cell that is not a number. */
export type NumberColumn = readonly (number | null)[] | undefined;

/**
 * Assigns roles by the numbers alone. Bars are recognised by high and low, quotes by a bid that never exceeds its ask,
 * trades of exchanges by an increasing id in front of a price and a quantity.
 * @param columns undefined if the cells are not numbers
 * @param time the index of the time column; numbers are searched after it, or before it if it comes late
 * @returns what was recognised; a tick needs a price
 */
export function rolesByShape(columns: readonly NumberColumn[], time: number): Map<Role, number> {
  const roles = new Map<Role, number>();
  const give = (names: readonly Role[], from: number) => names.forEach((name, i) => void roles.set(name, from + i));
  const first = time + 1;
  const numeric = (index: number) => columns[index] !== undefined;
  const behind = [0, 1, 2, 3, 4]
    .map((i) => first + i)
    .filter((index, i) => numeric(index) && index === first + i).length;
  if (time >= 3 && isRising(columns[0]) && numeric(1) && numeric(2)) {
    give(['sequence', 'price', 'volume'], 0);
  } else if (behind >= 4 && isOhlc(columns.slice(first, first + 4))) {
    give(['openPrice', 'highPrice', 'lowPrice', 'price'], first);
    if (behind >= 5) give(['volume'], first + 4);
  } else if (behind >= 2 && isQuote(columns[first], columns[first + 1])) {
    give(['bid', 'ask'], first);
  } else if (behind === 1 || behind === 2) {
    give((['price', 'volume'] as const).slice(0, behind), first);
  }
  return roles;
}

const isRising = (column: NumberColumn): boolean =>
  (column ?? [null]).every(
    (value, i, all) => value !== null && Number.isInteger(value) && (i === 0 || value > (all[i - 1] ?? value)),
  );

function isOhlc([open, high, low, close]: readonly NumberColumn[]): boolean {
  if (!open || !high || !low || !close) return false;
  return high.every((top, i) => {
    const bottom = low[i] ?? Number.NEGATIVE_INFINITY;
    return [open[i], close[i]].every((one) => one == null || top === null || (one <= top && one >= bottom));
  });
}

/** A spread is narrow: less than a twentieth of the price. */
function isQuote(bid: NumberColumn, ask: NumberColumn): boolean {
  if (!bid || !ask) return false;
  return bid.every((low, i) => {
    const high = ask[i];
    return low === null || high == null || (high >= low && high - low <= Math.abs(low) / 20);
  });
}
