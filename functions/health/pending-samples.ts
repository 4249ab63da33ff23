import type { Sample } from '../contract/health.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { insertSamples, type NewSample } from './sql/samples.ts';

/** An hour of samples, half a minute apart. Count. */
const MOST = 120;

/**
 * Samples that could not be stored: of an outage, mostly. The next one that can be stored takes them along, so that the outage
 * is in `/v1/health/history` afterwards. They are kept in the memory of the probe's environment, the newest hour of them.
 */
export class PendingSamples {
  #pending: NewSample[] = [];
  #utilizationPercent: number | null = null;

  /** The pool's utilization at the last sample that had one. Percent. */
  get lastUtilizationPercent(): number | null {
    return this.#utilizationPercent;
  }

  /**
   * Stores what is pending, then `sample`, in one statement: an hour of samples must not take longer than one.
   * @param database null if none responded
   * @throws DatabaseError; then all stay pending
   */
  async store(database: Database | null, sample: NewSample, options: CallOptions): Promise<void> {
    this.#utilizationPercent = (sample.sample as Sample).pool.utilizationPercent ?? this.#utilizationPercent;
    this.#pending = [...this.#pending, sample].slice(-MOST);
    if (database === null) return;
    await database.run(insertSamples(this.#pending), options);
    this.#pending = [];
  }
}
