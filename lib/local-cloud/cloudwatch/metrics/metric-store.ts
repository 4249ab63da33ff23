import type { Clock } from '../../machine/clock.ts';
import { type Datum, keyOf, type MetricId } from './datum.ts';
import { Distribution } from './distribution.ts';
import { statisticOf } from './statistic.ts';

/** As long as CloudWatch keeps datapoints of one second, and longer than any alarm of the stack looks back. */
export const KEEP_MS = 3 * 3_600_000;
/**
 * How long datapoints of one second are kept before they are merged: three hours of them at full ingest would take 400
 * MB.
 */
export const KEEP_SECONDS_MS = 15 * 60_000;
const PRUNE_EVERY_MS = 60_000;
/** CloudWatch rejects datapoints further in the future. */
const MOST_AHEAD_MS = 2 * 3_600_000;

/** A metric in a listing, for people. */
export interface MetricListing extends MetricId {
  readonly unit: string;
  readonly resolution: 1 | 60;
  /** The number of values kept. */
  readonly samples: number;
  readonly newest: {
    /** Where the datapoint begins, ISO 8601. */
    readonly timestamp: string;
    readonly count: number;
    readonly average: number;
    readonly minimum: number;
    readonly maximum: number;
  };
}

/** A statistic of a metric per minute. */
export interface MetricSeries {
  readonly dimensions: MetricId['dimensions'];
  /** Where the first minute begins, ISO 8601. */
  readonly from: string;
  /** Oldest first; null for a minute without data. */
  readonly values: readonly (number | null)[];
}

interface StoredSeries {
  readonly id: MetricId;
  readonly resolution: 1 | 60;
  unit: string;
  /** Datapoints by their start, in epoch milliseconds. */
  readonly points: Map<number, Distribution>;
}

/**
 * CloudWatch's metrics, in memory and for three hours. A restart forgets them. Values are kept as datapoints of a
 * second or a minute, by the resolution that they were first sent with. Percentiles come from the values themselves.
 * Datapoints of a second are merged into those of the minute after 15 minutes; CloudWatch does that after three hours.
 * A metric stored per minute has its datapoint at the start of the minute, so only every second period of 30 s finds
 * it, as on CloudWatch. Late values are added to their own period. Values more than two hours in the future are
 * dropped, as on CloudWatch.
 */
export class MetricStore {
  readonly #clock: Clock;
  /** By namespace and dimensions, then by name. */
  readonly #groups = new Map<string, Map<string, StoredSeries>>();
  #last: (Pick<MetricId, 'namespace' | 'dimensions'> & { readonly group: Map<string, StoredSeries> }) | undefined;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws RangeError for a value that is not a finite number, or if counts and values differ in length */
  put(data: Datum | readonly Datum[]): void {
    for (const datum of isMany(data) ? data : [data]) this.#put(datum);
    this.#prune();
  }

  /**
   * One statistic of a metric per period, over [from, to): oldest first, null for a period without data.
   * @param from epoch milliseconds, the start of the first period; `to` is a whole number of periods later
   * @throws Error for a statistic that is not emulated
   */
  statistics(
    metric: MetricId & { readonly statistic: string },
    from: number,
    to: number,
    periodSeconds: number,
  ): (number | null)[] {
    const statistic = statisticOf(metric.statistic);
    const periodMs = periodSeconds * 1000;
    const count = Math.round((to - from) / periodMs);
    const series = this.#groups.get(keyOf({ ...metric, name: '' }))?.get(metric.name);
    if (series === undefined) return Array.from({ length: count }, () => null);
    return byPeriod(series, from, periodMs, count).map((points) => (points ? statistic(merged(points)) : null));
  }

  /**
   * One statistic of every metric with this name, for all dimensions, up to the last complete minute.
   * @throws Error for a statistic that is not emulated
   */
  series(wanted: { namespace: string; name: string; statistic: string }, minutes: number): MetricSeries[] {
    const to = Math.floor(this.#clock.now() / 60_000) * 60_000;
    const from = to - minutes * 60_000;
    return this.#all()
      .filter(({ id }) => id.namespace === wanted.namespace && id.name === wanted.name)
      .map(({ id: { dimensions } }) => ({
        dimensions,
        from: new Date(from).toISOString(),
        values: this.statistics({ ...wanted, dimensions }, from, to, 60),
      }));
  }

  /** By namespace, name and dimensions. */
  list(): MetricListing[] {
    this.#prune();
    return this.#all()
      .map((series) => ({ key: keyOf(series.id), ...series }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ id, unit, resolution, points }) => {
        const at = Math.max(...points.keys());
        const { count, sum, min, max } = points.get(at) as Distribution;
        return {
          ...id,
          unit,
          resolution,
          samples: [...points.values()].reduce((total, point) => total + point.count, 0),
          newest: {
            timestamp: new Date(at).toISOString(),
            count,
            average: sum / count,
            minimum: min,
            maximum: max,
          },
        };
      });
  }

  #put({ namespace, name, dimensions, timestamp, value, counts, unit = 'None', resolution = 60 }: Datum): void {
    const values = typeof value === 'number' ? [value] : value;
    if (!Number.isFinite(timestamp) || !values.every(Number.isFinite))
      throw new RangeError(`${name} has a value that is not a finite number`);
    if (counts && counts.length !== values.length)
      throw new RangeError(`${name} has counts that do not match its values`);
    if (values.length === 0 || timestamp > this.#clock.now() + MOST_AHEAD_MS) return;
    const group = this.#group(namespace, dimensions);
    let series = group.get(name);
    if (series === undefined) {
      series = { id: { namespace, name, dimensions }, resolution, unit, points: new Map() };
      group.set(name, series);
    }
    series.unit = unit;
    const at = begin(timestamp, series.resolution);
    let point = series.points.get(at);
    if (point === undefined) {
      point = new Distribution();
      series.points.set(at, point);
    }
    for (let i = 0; i < values.length; i++) point.add(values[i] as number, counts?.[i] ?? 1);
  }

  /**
   * The series with one namespace and set of dimensions, by name. The metrics of a line share one dimensions object, so
   * a line of 25 metrics needs one lookup.
   */
  #group(namespace: string, dimensions: MetricId['dimensions']): Map<string, StoredSeries> {
    if (this.#last?.dimensions === dimensions && this.#last.namespace === namespace) return this.#last.group;
    const key = keyOf({ namespace, name: '', dimensions });
    const group = this.#groups.get(key) ?? new Map<string, StoredSeries>();
    this.#groups.set(key, group);
    this.#last = { namespace, dimensions, group };
    return group;
  }

  #all(): StoredSeries[] {
    return [...this.#groups.values()].flatMap((group) => [...group.values()]);
  }

  #prune(): void {
    const now = this.#clock.now();
    if (now >= this.#prunedAt && now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    this.#last = undefined;
    for (const [key, group] of this.#groups) {
      for (const [name, { points, resolution }] of group) {
        for (const at of points.keys()) if (at < now - KEEP_MS) points.delete(at);
        if (points.size === 0) group.delete(name);
        if (resolution === 1) mergeMinutes(points, begin(now - KEEP_SECONDS_MS, 60));
      }
      if (group.size === 0) this.#groups.delete(key);
    }
  }
}

const isMany = (data: Datum | readonly Datum[]): data is readonly Datum[] => Array.isArray(data);

const begin = (timestamp: number, resolution: 1 | 60): number =>
  Math.floor(timestamp / (resolution * 1000)) * resolution * 1000;

/** Merges datapoints that begin before `end`, the start of a minute, into their minute. */
function mergeMinutes(points: Map<number, Distribution>, end: number): void {
  for (const [at, point] of points) {
    const minute = begin(at, 60);
    if (at >= end || at === minute) continue;
    const merged = points.get(minute) ?? new Distribution();
    merged.addAll(point);
    points.set(minute, merged);
    points.delete(at);
  }
}

/**
 * The datapoint of each period, undefined if there is none. It scans the datapoints once: most periods of a second have
 * none, and looking up each period took most of an alarm's evaluation time.
 */
function byPeriod(
  { points }: StoredSeries,
  from: number,
  periodMs: number,
  count: number,
): (Distribution[] | undefined)[] {
  const found = Array.from({ length: count }, (): Distribution[] | undefined => undefined);
  for (const [at, point] of points) {
    const nth = Math.floor((at - from) / periodMs);
    if (nth < 0 || nth >= count) continue;
    const others = found[nth];
    if (others) others.push(point);
    else found[nth] = [point];
  }
  return found;
}

function merged(points: readonly Distribution[]): Distribution {
  const [first] = points;
  if (first && points.length === 1) return first;
  const all = new Distribution();
  for (const point of points) all.addAll(point);
  return all;
}
