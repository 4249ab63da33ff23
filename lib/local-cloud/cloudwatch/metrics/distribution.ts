/**
 * How many distinct values one datapoint keeps exactly. Further values are rounded, as CloudWatch rounds all values.
 */
const MAX_EXACT = 500;
/** Neighbouring buckets differ by 1 %, so a percentile is off by at most half of that. */
const LOG_STEP = Math.log(1.01);

/** The values of one datapoint: exact count, sum and extremes, and how often each value occurred. */
export class Distribution {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly occurrences = new Map<number, number>();

  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    this.#occur(value, times);
  }

  addAll(other: Distribution): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    for (const [value, times] of other.occurrences) this.#occur(value, times);
  }

  /** By nearest rank: the smallest value that at least this share (0 to 1) of all values does not exceed. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [value, times] of [...this.occurrences].sort(([a], [b]) => a - b)) {
      seen += times;
      if (seen >= rank) return Math.min(this.max, Math.max(this.min, value));
    }
    return this.max;
  }

  #occur(value: number, times: number): void {
    const kept = this.occurrences.size < MAX_EXACT || this.occurrences.has(value) ? value : rounded(value);
    this.occurrences.set(kept, (this.occurrences.get(kept) ?? 0) + times);
  }
}

const rounded = (value: number): number =>
  value === 0 ? 0 : Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / LOG_STEP) * LOG_STEP);
