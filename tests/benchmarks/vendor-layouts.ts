/** Made-up market data in vendors' layouts: `rows` rows of day number `seed`. */
export const LAYOUTS = {
  iso: file('timestamp,price,volume', (i, seed) => `${at(i, seed).toISOString()},${price(i)},${1 + (i % 9)}`),
  histdataTicks: file(undefined, (i, seed) => `${compact(at(i, seed))},${price(i)},${price(i) + 0.01},0`),
  german: file('Date;Time;Price;Volume', (i, seed) => {
    const [year, month, day] = at(i, seed).toISOString().slice(0, 10).split('-');
    return `${day}.${month}.${year};${at(i, seed).toISOString().slice(11, 23)};${String(price(i)).replace('.', ',')};${1 + (i % 9)}`;
  }),
  binanceTrades: file(
    undefined,
    (i, seed) => `${seed * 10_000_000 + i},${price(i)},0.5,${price(i) / 2},${at(i, seed).getTime()},true,true`,
  ),
  histdataBars: file(undefined, (i, seed) => {
    const minute = new Date(Date.UTC(2015, 0, 1 + (seed % 28)) + i * 60_000);
    return `${compact(minute).slice(0, 15)};${price(i)};${price(i) + 1};${price(i) - 1};${price(i)};7`;
  }),
  tardis: file(
    'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
    (i, seed) => `x,,${at(i, seed).getTime()}000,${at(i, seed).getTime()}900,a-${i},buy,${price(i)},3`,
  ),
} as const;

type Line = (index: number, seed: number) => string;

function file(titles: string | undefined, line: Line): (rows: number, seed: number) => string {
  return (rows, seed) => {
    const lines = Array.from({ length: rows }, (_, i) => line(i, seed));
    return `${titles === undefined ? '' : `${titles}\n`}${lines.join('\n')}\n`;
  };
}

/** Days from the 14th on, so that no day can be read as a month; ticks 37 ms apart. */
function at(index: number, seed: number): Date {
  return new Date(Date.UTC(2024, seed % 12, 14) + index * 37);
}

function price(index: number): number {
  return Math.round((100 + Math.sin(index / 500) * 10) * 100) / 100;
}

/** `20240114 093000123` */
function compact(time: Date): string {
  return time
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', ' ');
}
