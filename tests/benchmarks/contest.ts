import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import type { ProcessorClock } from './processor-time.ts';
import { median, percentile } from './support.ts';

/** What is timed. */
type Work = () => Promise<unknown>;

/** One way of doing a piece of work. */
export interface Contender {
  readonly name: string;
  /** Makes the work of a turn, outside the clock. Turns follow each other, so that no two have the same rows. */
  readonly prepare: (turn: number) => Work | Promise<Work>;
}

/** What one contender took. Milliseconds. */
export interface Standing {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The median of the processor time, where it is measured. */
  readonly processorMs?: number;
  /** Rows per second by the median, where the work moves rows. */
  readonly rowsPerSecond?: number;
  /** The median of the reference, divided by this one's: 1 is as fast. */
  readonly share?: number;
}

/** A comparison within one benchmark. */
export interface Contest {
  /** What is compared, for the heading. */
  readonly name: string;
  /** Rows of one piece of work. */
  readonly rows?: number;
  /** The contender that `share` refers to; the first unless given. */
  readonly reference?: string;
  readonly contenders: readonly Contender[];
  /** Default 25. */
  readonly rounds?: number;
  /** Measures the processor time, which is then reported too. */
  readonly processor?: ProcessorClock;
}

const WARM_UP = 5;
/** In place of what each contest asks for. */
const FORCED_ROUNDS = process.env['ROUNDS'] === undefined ? undefined : Number(process.env['ROUNDS']);

const write = process.stdout.write.bind(process.stdout);
const results: Record<string, unknown>[] = [];

/** A line of the report. */
export const print = (line = ''): void => void write(`${line}\n`);

/** The functions' own log lines would bury the numbers: from now on only `print` reaches the terminal. */
export function silenceFunctions(): void {
  process.stdout.write = () => true;
}

/** Says on which machine and with which versions a benchmark runs. */
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
 * Runs contenders in turns, round by round, so that the machine's mood is shared, and prints what each took.
 * A single figure from a busy machine means nothing; the shares of one run do.
 */
export async function compare({ name, rows, contenders, reference, ...contest }: Contest): Promise<Standing[]> {
  const rounds = FORCED_ROUNDS ?? contest.rounds ?? 25;
  const { processor = () => () => Number.NaN } = contest;
  const times = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  const busy = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  let turn = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
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
  print(`\n${name}, ${rounds} rounds in turns`);
  print(`${''.padEnd(44)}${['p50 ms', 'p95 ms', 'p99 ms'].map((title) => title.padStart(9)).join('')}`);
  for (const standing of standings) print(lineOf(standing));
  results.push({ contest: name, rows, rounds, standings });
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

/** Keeps a figure that is not a contest in the JSON, and prints its line. */
export function note(what: string, figures: Readonly<Record<string, string | number>>): void {
  const said = Object.entries(figures).map(([name, value]) => `${name} ${value.toLocaleString('en')}`);
  print(`${what.padEnd(44)} ${said.join(', ')}`);
  results.push({ note: what, ...figures });
}

/** Writes what was printed as JSON, next to the service's own data, and says where. */
export function writeResults(name: string): void {
  const directory = join(import.meta.dirname, '..', '..', '.tick-store', 'benchmarks');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  print(`\nJSON: ${file}`);
}
