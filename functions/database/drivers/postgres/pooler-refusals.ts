import { DatabaseError, isRefusedByPooler } from '../../errors.ts';

/** How the driver may talk to its pooler. */
export interface PoolerFeatures {
  /** `auto`: statements of a transaction are sent without waiting for each response, until the pooler refuses that. */
  readonly pipelining?: 'auto' | 'off' | undefined;
  /** `auto`: rows go in by COPY, until the pooler refuses that. */
  readonly copy?: 'auto' | 'off' | undefined;
  /** Called once for each feature that the pooler has refused. */
  readonly onRefused?: ((feature: 'pipelining' | 'copy', error: DatabaseError) => void) | undefined;
}

/**
 * What the pooler takes, for the life of an execution environment. A pooler that refuses COPY or pipelining by an error is
 * believed from the first refusal on, and plain statements do the same work.
 */
export class PoolerRefusals {
  readonly #features: PoolerFeatures;
  pipelines: boolean;
  copies: boolean;

  constructor(features: PoolerFeatures) {
    this.#features = features;
    this.pipelines = features.pipelining !== 'off';
    this.copies = features.copy !== 'off';
  }

  /** Learns from a failed call. @returns whether it may be sent again, one statement at a time */
  learn(error: unknown, idempotent: boolean): boolean {
    if (!(error instanceof DatabaseError && isRefusedByPooler(error))) return false;
    if (error.fields.statement === 'copy') {
      if (this.copies) this.#features.onRefused?.('copy', error);
      this.copies = false;
      return false;
    }
    if (!this.pipelines || error.fields.statement === 'connect') return false;
    this.pipelines = false;
    this.#features.onRefused?.('pipelining', error);
    return error.fields.rolledBack || idempotent;
  }
}
