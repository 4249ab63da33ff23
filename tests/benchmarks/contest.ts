import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import type { ProcessorClock } from './processor-time.ts';
import { median, percentile } from './support.ts';

/** The work that is timed. */
type Work = () => Promise<unknown>;

/** One of the alternatives that are compared. */
export interface Contender {
  readonly name: string;
  /** Prepares the work of a turn, which is not timed. Each turn has different rows. */
  readonly prepare: (turn: number) => Work | Promise<Work>;
}

/** The times of one contender. Milliseconds. */
export interface Standing {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The median of the processor time, if it is measured. */
  readonly processorMs?: number;
  /** Rows per second by the median, if the work writes rows. */
  readonly rowsPerSecond?: number;
  /** The median of the reference divided by this one's: 1 is equally fast. */
  readonly share?: number;
}

/** A comparison within one benchmark. */
export interface Contest {
  /** The heading. */
  readonly name: string;
  /** The number of rows per turn. */
  readonly rows?: number;
  /** The contender that `share` refers to. Default: the first. */
  readonly reference?: string;
  readonly contenders: readonly Contender[];
  /** Default 25. */
  readonly rounds?: number;
  /** Rounds before the measurement. Default 5. V8 compiles the code of a request only after hundreds of them. */
  readonly warmUp?: number;
  /** Measures the processor time. If given, it is reported too. */
  readonly processor?: ProcessorClock;
}

/** Overrides the number of rounds of each contest, and limits those before its measurement. */
const FORCED_ROUNDS = process.env['ROUNDS'] === undefined ? undefined : Number(process.env['ROUNDS']);

const write = process.stdout.write.bind(process.stdout);
const results: Record<string, unknown>[] = [];

/** A line of the report. */
export const print = (line = ''): void => void write(`${line}\n`);

/** Silences the functions' log lines, so that only `print` reaches the terminal. */
export function silenceFunctions(): void {
  process.stdout.write = () => true;
}

/** Prints the machine and the versions of a benchmark. */
export function stamp(name: string, versions: Readonly<Record<string, string>> = {}): void {
  const machine = `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`;
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const all = { node: process.version, pg: packageFile.dependencies.pg, ...versions, commit };
  const load = loadavg()[0]?.toFixed(1);
  results.push({ benchmark: name, at: new Date().toISOString(), machine, load, versions: all });
  const said = Object.entries(all).map(([what, version]) => `${what} ${version}`);
  print(`${name}: ${machine}; load before ${load}\n${said.join(', ')}`);
}

/**
 * Runs contenders alternately, round by round, so that other load affects all of them, and prints their times. A single
 * figure from a busy machine means little, but the shares of one run can be compared.
 */
export async function compare({ name, rows, contenders, reference, ...contest }: Contest): Promise<Standing[]> {
  const rounds = FORCED_ROUNDS ?? contest.rounds ?? 25;
  const warmUp = Math.min(FORCED_ROUNDS ?? Number.POSITIVE_INFINITY, contest.warmUp ?? 5);
  const { processor = () => () => Number.NaN } = contest;
  const times = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  const busy = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  let turn = 0;
  for (let round = -warmUp; round < rounds; round++) {
    for (const contender of contenders) {
      const work = await contender.prepare(turn++);
      const [stop, started] = [processor(), performance.now()];
      await work();
      const [ended, taken] = [performance.now(), stop()];
      if (round < 0) continue;
      times.get(contender.name)?.push(ended - started);
      busy.get(contender.name)?.push(taken);
    }
  }
  const referenceMs = median(times.get(reference ?? contenders[0]?.name ?? '') ?? []);
  const standings = [...times].map(([contender, measured]) => {
    const standing = standingOf(contender, measured, rows, referenceMs);
    const processorMs = rounded(median(busy.get(contender) ?? []));
    return contest.processor === undefined ? standing : { ...standing, processorMs };
  });
  print(`\n${name}, ${rounds} rounds in turns after ${warmUp}`);
  print(`${''.padEnd(44)}${['p50 ms', 'p95 ms', 'p99 ms'].map((title) => title.padStart(9)).join('')}`);
  for (const standing of standings) print(lineOf(standing));
  results.push({ contest: name, rows, rounds, warmUp, standings });
  return standings;
}

function standingOf(
  name: string,
  measured: readonly number[],
  rows: number | undefined,
  referenceMs: number,
): Standing {
  const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((share) => rounded(percentile(measured, share)));
  return {
    ...{ name, p50, p95, p99 },
    ...(rows === undefined ? {} : { rowsPerSecond: Math.round((rows / p50) * 1000) }),
    share: rounded(referenceMs / p50),
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function lineOf({ name, p50, p95, p99, rowsPerSecond, share, processorMs }: Standing): string {
  const times = [p50, p95, p99].map((ms) => ms.toFixed(2).padStart(9)).join('');
  const rate = rowsPerSecond === undefined ? '' : `${rowsPerSecond.toLocaleString('en').padStart(12)} rows/s`;
  const busy = processorMs === undefined ? '' : `   processor ${processorMs.toFixed(1)} ms`;
  return `${name.padEnd(44)}${times}${rate}   share ${share?.toFixed(2)}${busy}`;
}

/** Prints a figure that is not part of a contest, and adds it to the JSON. */
export function note(what: string, figures: Readonly<Record<string, string | number>>): void {
  const said = Object.entries(figures).map(([name, value]) => `${name} ${value.toLocaleString('en')}`);
  print(`${what.padEnd(44)} ${said.join(', ')}`);
  results.push({ note: what, ...figures });
}

/** Writes the results as JSON next to the service's data, and prints the file's path. */
export function writeResults(name: string): void {
  const directory = join(import.meta.dirname, '..', '..', '.tick-store', 'benchmarks');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  print(`\nJSON: ${file}`);
}
