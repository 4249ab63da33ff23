import { areMost } from './are-most.ts';
import { timeFormatsOf } from './time-candidates.ts';
import { parseIso } from './time-format.ts';

export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/** How the cells of a column represent times. */
export interface TimeColumn {
  /** `timeUnit` for epoch numbers. */
  readonly unit?: EpochUnit;
  /** `timeFormat` for every form other than ISO 8601. */
  readonly pattern?: string;
  /** A second format that fits as well, with month and day exchanged. */
  readonly otherPattern?: string;
  /** Whether the cells contain their zone: epoch numbers, and ISO 8601 with an offset. */
  readonly isAbsolute: boolean;
  readonly hasTimeOfDay: boolean;
  /** Microseconds since 1970 of each cell, NaN if it is not a time. Wall-clock time unless absolute. */
  readonly micros: readonly number[];
}

const MICROS_PER: Readonly<Record<EpochUnit, number>> = { s: 1e6, ms: 1000, us: 1, ns: 0.001 };
/** Epoch numbers outside 1980 to 2100 are not times. */
const EARLIEST = Date.UTC(1980, 0) * 1000;
const LATEST = Date.UTC(2100, 0) * 1000;

/** Detects whether and how cells represent times. If several formats fit, the most likely is first. */
export function detectTime(cells: readonly string[]): TimeColumn | undefined {
  if (cells.length === 0) return undefined;
  return isoColumn(cells) ?? epochColumn(cells) ?? patternColumn(cells);
}

function isoColumn(cells: readonly string[]): TimeColumn | undefined {
  const times = cells.map(parseIso).filter((time) => time !== undefined);
  if (!areMost(times.length, cells.length)) return undefined;
  return {
    isAbsolute: times.every(({ hasOffset }) => hasOffset),
    hasTimeOfDay: times.some(({ hasTimeOfDay }) => hasTimeOfDay),
    micros: cells.map((cell) => parseIso(cell)?.micros ?? Number.NaN),
  };
}

function epochColumn(cells: readonly string[]): TimeColumn | undefined {
  const isEpoch = (cell: string) => /^\d{9,19}(\.\d+)?$/.test(cell);
  if (!areMost(cells.filter(isEpoch).length, cells.length)) return undefined;
  for (const unit of ['s', 'ms', 'us', 'ns'] as const) {
    const micros = cells.map((cell) => (isEpoch(cell) ? Number(cell) * MICROS_PER[unit] : Number.NaN));
    if (micros.every((one) => Number.isNaN(one) || (one >= EARLIEST && one < LATEST)))
      return { unit, isAbsolute: true, hasTimeOfDay: true, micros };
  }
  return undefined;
}

function patternColumn(cells: readonly string[]): TimeColumn | undefined {
  const columns = timeFormatsOf(cells).map((format): TimeColumn => {
    const times = cells.map((cell) => format.parse(cell));
    return {
      pattern: format.pattern,
      isAbsolute: times.some((time) => time?.hasOffset),
      hasTimeOfDay: times.some((time) => time?.hasTimeOfDay),
      micros: times.map((time) => time?.micros ?? Number.NaN),
    };
  });
  const plausible = columns.filter(({ micros }) =>
    micros.every((one) => Number.isNaN(one) || (one >= 0 && one < LATEST)),
  );
  const ordered = plausible.sort((a, b) => disorder(a.micros) - disorder(b.micros));
  const [best] = ordered;
  if (best === undefined) return undefined;
  const rival = ordered.find(({ micros }) => micros.some((one, i) => !Object.is(one, best.micros[i])));
  const isTie = rival !== undefined && disorder(rival.micros) === disorder(best.micros);
  return isTie && rival.pattern !== undefined ? { ...best, otherPattern: rival.pattern } : best;
}

/**
 * How much times deviate from a steady order. If day and month are confused, a file jumps back and forth, or by months
 * instead of days. It is the sum of steps divided by the whole span, 1 for a sorted file.
 */
function disorder(all: readonly number[]): number {
  const micros = all.filter((one) => !Number.isNaN(one));
  const steps = micros.slice(1).map((one, i) => Math.abs(one - (micros[i] as number)));
  const span = Math.abs((micros.at(-1) ?? 0) - (micros[0] ?? 0));
  const sum = steps.reduce((total, step) => total + step, 0);
  const winding = sum === 0 ? 1 : sum / Math.max(span, 1);
  return Math.round(winding * 1000) / 1000;
}
