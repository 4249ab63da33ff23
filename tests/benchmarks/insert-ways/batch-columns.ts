import { type ArrayParameter, array } from '../../../functions/database/database.ts';

/** Rows per batch. */
export const ROWS = 10_000;

/** The columns of a tick that `batchColumns` fills, in order. */
export const COLUMNS = `id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence`;
/** Their types. */
export const TYPES = [
  'int8',
  'timestamptz',
  'int4',
  ...Array.from({ length: 9 }, () => 'float8' as const),
  'int8',
] as const;

/** A batch of ticks one second apart. Each batch is later than the previous one. */
export function batchColumns(turn: number): ArrayParameter[] {
  const column = (read: (i: number) => number) => Float64Array.from({ length: ROWS }, (_, i) => read(i));
  const start = Date.UTC(2026, 9, 1) * 1000;
  return TYPES.map((element, c) => {
    if (c === 0)
      return array(
        element,
        column((i) => turn * 65_536 + i),
      );
    if (c === 1)
      return array(
        element,
        column((i) => start + (turn * ROWS + i) * 50_000),
      );
    if (c === 2)
      return array(
        element,
        column((i) => 1 + (i % 6)),
      );
    if (c === 12) return array(element, new Float64Array(ROWS).fill(Number.NaN));
    return array(
      element,
      column((i) => 4300 + ((i * 7919 + c) % 2000) * 0.25),
    );
  });
}
