import { existsSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** Measured rounds of each contender; two more go before them. */
export const ROUNDS = Number(process.env['ROUNDS'] ?? 25);

export type Print = (line: string) => void;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Milliseconds, as the tables print them. */
export const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);

/** Runs the contenders in turn, so that the machine's mood falls on all alike; means in ms. */
export async function alternate<K extends string>(
  contenders: Record<K, (turn: number) => Promise<number>>,
): Promise<Record<K, number>> {
  const names = Object.keys(contenders) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [place, name] of names.entries()) {
      const time = await contenders[name]((round + 2) * names.length + place);
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, mean(times.get(name) ?? [])])) as Record<K, number>;
}

/** @returns milliseconds on the clock */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * The server's own time on a processor, in ms: unlike the time on the clock it is hardly longer while others use the
 * machine. In steps of 10 ms, so take the mean of many. Linux only; the clock's elsewhere.
 */
export async function serverTime(client: pg.Client, work: () => Promise<unknown>): Promise<number> {
  const { processID } = client as pg.Client & { processID: number };
  const file = `/proc/${processID}/stat`;
  if (!existsSync(file)) return timed(work);
  const read = () => {
    const [user, system] = readFileSync(file, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return (Number(user) + Number(system)) * 10;
  };
  const before = read();
  await work();
  return read() - before;
}
