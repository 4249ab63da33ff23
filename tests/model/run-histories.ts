import fc from 'fast-check';
import type { TestService } from '../support/service.ts';
import { Difference } from './check-replies.ts';
import type { Moment } from './commands.ts';
import { histories } from './draw-histories.ts';
import { runHistory } from './run-history.ts';
import { shrinkHistory } from './shrink-history.ts';

/** Histories that run concurrently. Each has its own instruments and keys. */
export const AT_ONCE = 4;
const PROGRESS_EVERY = 100;

export interface HistoriesOptions {
  readonly runs: number;
  readonly seed: number;
  /** The first history: those of a seed are numbered from 0. */
  readonly from?: number;
  readonly atOnce?: number;
  /** How long to shorten a history that differs. */
  readonly shrinkMs: number;
  /** Prints progress. */
  readonly print?: (line: string) => void;
}

export interface HistoriesReport {
  readonly histories: number;
  readonly steps: number;
  /** The first history that differed. */
  readonly found?: FoundDifference;
}

export interface FoundDifference {
  /** Its number: with the seed it makes the same history again. */
  readonly number: number;
  readonly difference: string;
  /** The shortest history found that still differs, and how; undefined if the history, alone, did not differ again. */
  readonly shortest?: { readonly history: readonly Moment[]; readonly difference: string };
}

/**
 * Runs the histories of a seed, some concurrently, until one differs from the model. That one is then shortened alone.
 */
export async function runHistories(service: TestService, options: HistoriesOptions): Promise<HistoriesReport> {
  const { runs, seed, from = 0, atOnce = AT_ONCE, print } = options;
  const drawn = fc.sample(histories, { seed, numRuns: runs, path: String(from) });
  let [started, ended, steps] = [0, 0, 0];
  let first: ({ readonly number: number } & Found) | undefined;
  const worker = async () => {
    while (started < runs && first === undefined) {
      const number = started++;
      const result = await differenceOf(service, drawn[number] as readonly Moment[]);
      if (typeof result === 'number') steps += result;
      else first ??= { number: from + number, ...result };
      ended++;
      if (ended % PROGRESS_EVERY === 0) print?.(`${ended} histories, ${steps} steps`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (first === undefined) return { histories: ended, steps };
  const { number, difference, isDifference } = first;
  print?.(`history ${number} of seed ${seed}: ${difference}`);
  const until = performance.now() + options.shrinkMs;
  const shortest = await shrinkHistory(
    drawn[number - from] as readonly Moment[],
    async (history) => {
      const result = await differenceOf(service, history);
      // an error of another kind is another fault, such as a candidate that makes no sense
      return typeof result === 'object' && result.isDifference === isDifference ? result.difference : undefined;
    },
    () => performance.now() > until,
  );
  print?.(describeShortest(shortest));
  return { histories: ended, steps, found: { number, difference, ...(shortest === undefined ? {} : { shortest }) } };
}

const describeShortest = (shortest: FoundDifference['shortest']): string =>
  shortest === undefined
    ? 'Taken alone it did not differ again: it depends on what ran at the same time, or on timing.'
    : `The shortest that still differs, ${shortest.history.flat().length} steps:\n${JSON.stringify(shortest.history)}\n${shortest.difference}`;

interface Found {
  readonly difference: string;
  /** Whether the service differs from the model; otherwise something broke on the way. */
  readonly isDifference: boolean;
}

/** How a history differs from the model, or how many steps it took. */
async function differenceOf(service: TestService, history: readonly Moment[]): Promise<Found | number> {
  try {
    return await runHistory(service, history);
  } catch (error) {
    if (error instanceof Difference) return { difference: error.message, isDifference: true };
    // for anything else, such as a response that never came, its location is as useful
    return { difference: String((error as Error).stack), isDifference: false };
  }
}
