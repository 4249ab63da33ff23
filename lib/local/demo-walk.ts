/** The price movement of one instrument in the demo feed. */
export interface DemoInstrument {
  readonly symbol: string;
  /** Where the walk begins, and the value that it is pulled back to. */
  readonly level: number;
  /** Standard deviation of one step. */
  readonly step: number;
  /** The smallest price step; prices are multiples of it. */
  readonly tick: number;
  /** The share of the distance to `level` by which each step returns. */
  readonly pull: number;
}

const price = (symbol: string, level: number, step: number, tick: number): DemoInstrument => ({
  ...{ symbol, level, step, tick },
  pull: 0.000_2,
});
const breadth = (symbol: string, level: number, step: number, tick: number): DemoInstrument => ({
  ...{ symbol, level, step, tick },
  pull: 0.05,
});

/** The twelve instruments of a new database, with realistic levels and price steps. The values are invented. */
export const DEMO_INSTRUMENTS: readonly DemoInstrument[] = [
  price('ES', 6_800, 0.75, 0.25),
  price('NQ', 25_000, 4, 0.25),
  price('YM', 47_500, 6, 1),
  price('CL', 62, 0.02, 0.01),
  price('GC', 4_100, 0.6, 0.1),
  price('SPX', 6_790, 0.7, 0.01),
  price('NDX', 24_900, 3.5, 0.01),
  price('RUT', 2_450, 0.4, 0.01),
  price('VIX', 17.5, 0.02, 0.01),
  breadth('TICK', 0, 120, 1),
  breadth('ADD', 0, 40, 1),
  breadth('TRIN', 1, 0.02, 0.01),
];

/** A value of the standard normal distribution (Box-Muller), from two uniform values in [0, 1). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * The next price of a random walk: a normal step, plus a part of the way back to the level. A multiple of the price
 * step.
 */
export function nextPrice({ level, step, tick, pull }: DemoInstrument, last: number, random: () => number): number {
  const next = last + pull * (level - last) + step * normal(random);
  return Number((Math.round(next / tick) * tick).toFixed(4));
}

/** A tick of an instrument as the API accepts it. Internals (TICK, ADD, TRIN) have a value but cannot be traded. */
export function demoTick(instrument: DemoInstrument, last: number, timestamp: string, random: () => number) {
  const { symbol, tick, pull } = instrument;
  const value = nextPrice(instrument, last, random);
  if (pull > 0.01) return { timestamp, symbol, price: value };
  const size = () => 1 + Math.floor(random() * 50);
  const [bid, ask] = [value - tick, value + tick].map((one) => Number(one.toFixed(4)));
  return { timestamp, symbol, price: value, volume: size(), bid, ask, bidSize: size(), askSize: size() };
}
