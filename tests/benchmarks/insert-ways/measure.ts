import { existsSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** The number of measured rounds of each contender, after two warm-up rounds. */
export const ROUNDS = Number(process.env['ROUNDS'] ?? 25);

export type Print = (line: string) => void;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Milliseconds as text for the tables. */
export const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);

/** Runs the contenders alternately, so that other load affects all of them. Returns means in milliseconds. */
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

/** @returns the elapsed time in milliseconds */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * The server's processor time in milliseconds. Unlike elapsed time, it hardly grows while others use the machine. It has
 * steps of 10 ms, so take the mean of many. Linux only; elsewhere it is elapsed time.
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
