import type { Sample } from '../contract/health.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { insertSamples, type NewSample } from './sql/samples.ts';

/** An hour of samples, half a minute apart. Count. */
const MOST = 120;

/**
 * Samples that could not be stored, mostly during an outage. They are stored together with the next sample, so that the
 * outage is in `/v1/health/history` afterwards. The newest hour of them is kept in the memory of the probe's environment.
 */
export class PendingSamples {
  #pending: NewSample[] = [];
  #utilizationPercent: number | null = null;

  /** The pool's utilization at the last sample that had one. Percent. */
  get lastUtilizationPercent(): number | null {
    return this.#utilizationPercent;
  }

  /**
   * Stores the pending samples and then `sample` in one statement, so that an hour of samples takes no longer than one.
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
